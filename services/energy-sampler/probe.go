package energysampler

import (
	"context"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

// Sensor is what one kind of hardware (gpu, cpu, ram, node) offers on this host:
// whether a run would have figures of it, what would be read, and what to do
// when that is too little.
type Sensor = sources.Sensor

// Probe says what a run would measure on this host with these settings.
func Probe(ctx context.Context, cfg Config) []Sensor {
	o, err := newOpener(cfg, clock.System(cfg.Host))
	if err != nil {
		return []Sensor{{Kind: string(event.KindNode), Text: err.Error()}}
	}
	return o.Probe(ctx)
}
