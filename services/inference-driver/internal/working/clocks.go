package working

import (
	"context"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock/offset"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// compareClocks publishes how far this host's clock is ahead of the reference's, the
// first measuring host's, for as long as the load lasts, and once at its end.
func (s *session) compareClocks(load context.Context) {
	last, cancel := outlive(load, closing)
	defer cancel()
	reference := offset.Reference(s.state.Load().Hosts)
	offset.Track{
		Clock: s.Clock, Reference: reference, Every: s.ClockEvery, Log: s.log,
		Ask: func(ctx context.Context, question []byte) ([]byte, error) {
			return s.Bus.Ask(ctx, subject.Clock(reference), question)
		},
		Publish: func(o *event.ClockOffset) { s.publish(last, o) },
	}.Run(load, last)
}
