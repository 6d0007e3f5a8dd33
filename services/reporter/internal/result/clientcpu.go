package result

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// process is an operating system's process: its CPU is that of all the replicas in it.
type process struct {
	boot string
	pid  int64
}

// processes are the accounts that drivers gave of their processes' CPU, one for each
// process: the longest, of the first driver that gave it.
func processes(clients []collect.Client) [][]event.DriverSampled {
	longest := map[process]int{}
	var out [][]event.DriverSampled
	for _, client := range clients {
		last := client.Last()
		if last.CPUNS == nil || last.ElapsedNS == 0 {
			continue
		}
		p := process{last.Clock.BootID, last.PID}
		at, known := longest[p]
		switch {
		case !known:
			longest[p] = len(out)
			out = append(out, client.Samples)
		case last.ElapsedNS > out[at][len(out[at])-1].ElapsedNS:
			out[at] = client.Samples
		}
	}
	return out
}

// clientCPUShare is what the drivers' processes used of their cores within a window,
// over the part of it that they gave account of; nil when there is none. Between two
// accounts the use counts as even.
func (c *computation) clientCPUShare(w window) *float64 {
	usedNS, coreNS := 0.0, 0.0
	for _, samples := range c.processes {
		used, cores := c.used(samples, w)
		usedNS, coreNS = usedNS+used, coreNS+cores
	}
	if coreNS == 0 {
		return nil
	}
	return new(usedNS / coreNS)
}

// used is the CPU time within a window, and the time of all cores that it is a part of,
// in nanoseconds.
func (c *computation) used(samples []event.DriverSampled, w window) (usedNS, coreNS float64) {
	var cpu, elapsed int64
	for _, s := range samples {
		if s.CPUNS == nil {
			continue
		}
		until := c.clocks.common(s.Clock.Host, c.run.Wall(s.Clock, s.At))
		since := until - (s.ElapsedNS - elapsed)
		if from, to := max(since, w.from), min(until, w.to); from < to {
			usedNS += float64(*s.CPUNS-cpu) * float64(to-from) / float64(until-since)
			coreNS += float64(s.Cores) * float64(to-from)
		}
		cpu, elapsed = *s.CPUNS, s.ElapsedNS
	}
	return usedNS, coreNS
}
