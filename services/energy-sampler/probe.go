package energysampler

import (
	"context"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

// Sensor is a device (gpu, cpu, ram, node) that a run on this host would have figures
// of, measured or modelled, or what it would go without; and what to do about either.
type Sensor = sources.Sensor

// Probe says what a run would measure on this host with these settings.
func Probe(ctx context.Context, cfg Config) []Sensor {
	o, err := newOpener(cfg, clock.System(cfg.Host))
	if err != nil {
		return []Sensor{{Kind: string(event.KindNode), Fatal: true, Text: err.Error(), Advice: "redfish.password_file of the sampler must be a file that it can read"}}
	}
	return o.Probe(ctx)
}
