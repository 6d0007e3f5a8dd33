package result

import (
	"cmp"
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// process is an operating system's process: its CPU is that of all the replicas in it.
type process struct {
	boot string
	pid  int64
}

// clientCPUShare is what the drivers' processes used of their cores within a window,
// over the part of it that they gave account of; nil when there is none. Between two
// accounts the use counts as even.
func (c *computation) clientCPUShare(w window) *float64 {
	longest := map[process]collect.Client{}
	for _, d := range c.run.Clients {
		p := process{d.Clock.BootID, d.PID}
		if d.CPUNS != nil && d.ElapsedNS > longest[p].ElapsedNS {
			longest[p] = d
		}
	}
	usedNS, coreNS := 0.0, 0.0
	for _, p := range slices.SortedFunc(maps.Keys(longest), func(a, b process) int { return cmp.Or(cmp.Compare(a.boot, b.boot), cmp.Compare(a.pid, b.pid)) }) {
		used, cores := c.used(longest[p].Samples, w)
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
