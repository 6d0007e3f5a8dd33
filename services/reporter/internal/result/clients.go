package result

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Bounds on the drivers themselves. A goroutine that waits 5 ms for a thread reads a
// token 5 ms late, which is much of a time between tokens; with nine tenths of its
// cores in use a driver has nothing left for a burst; and a load whose requests went
// out 50 ms late was not the load that was asked for.
const (
	maxSchedP99S = 0.005
	maxCPUShare  = 0.9
	maxQueueLagS = 0.05
)

// clients are the drivers' accounts of themselves.
func (c *computation) clients() []event.ClientResult {
	var out []event.ClientResult
	for _, client := range c.run.Clients {
		d := client.Last()
		r := event.ClientResult{
			Producer: client.Producer, Host: d.Clock.Host, PID: d.PID, Cores: d.Cores,
			ElapsedS: float64(d.ElapsedNS) / 1e9, InFlightMax: client.InFlightMax(),
			SchedP50S: float64(d.SchedP50NS) / 1e9, SchedP99S: float64(d.SchedP99NS) / 1e9, SchedMaxS: float64(d.SchedMaxNS) / 1e9,
			GCPauseS: float64(d.GCPauseNS) / 1e9, GCCount: d.GCCount, CPUS: seconds(d.CPUNS),
		}
		if d.CPUNS != nil && d.ElapsedNS > 0 {
			r.CPUShare = new(float64(*d.CPUNS) / float64(d.ElapsedNS) / float64(d.Cores))
		}
		out = append(out, r)
	}
	return out
}

// bottleneck says when the drivers and not the server may have set the latencies.
func (c *computation) bottleneck(s event.Summary, say func(result, format string, args ...any)) {
	for _, d := range s.Clients {
		if d.CPUShare != nil && *d.CPUShare > maxCPUShare {
			say(warned, "%s used %.3g %% of its %d cores: it may have been the bottleneck", d.Producer, 100**d.CPUShare, d.Cores)
		}
		if d.SchedP99S > maxSchedP99S {
			say(warned, "%s was late itself: one in a hundred of its goroutines waited over %.3g ms for a processor, and latencies have that in them", d.Producer, 1e3*d.SchedP99S)
		}
	}
	// All at once is more than anybody can send at once.
	if lag := s.Latency.QueueLagS; lag != nil && c.run.Config.Load.Type != config.LoadASAP && lag.P99 > maxQueueLagS {
		say(warned, "one in a hundred requests went out over %.3g ms after it was due: the load was less than was asked for", 1e3*lag.P99)
	}
}
