package usage

import (
	"context"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// period is how often a gauge is read, as those of GPUs are. It holds a hundred of the
// ticks that the kernel counts a processor's time in.
const period = time.Second

// Gauge reads something of the host; nil when there is nothing to say.
type Gauge interface {
	Read(at event.Stamp) *device.Gauges
}

// Source is another source with a gauge beside one of its devices.
type Source struct {
	device.Source
	number int
	gauge  Gauge
	nextNS int64
}

// Beside puts the gauge beside the numbered device of a source.
func Beside(source device.Source, number int, gauge Gauge) *Source {
	return &Source{Source: source, number: number, gauge: gauge}
}

// Read implements device.Source.
func (s *Source) Read(ctx context.Context, at event.Stamp, into device.Sink) {
	s.Source.Read(ctx, at, into)
	if at.MonoNS < s.nextNS {
		return
	}
	s.nextNS = at.MonoNS + int64(period)
	if g := s.gauge.Read(at); g != nil {
		r := device.Unread(g.AtNS)
		r.Gauges = g
		into.Add(s.number, r)
	}
}
