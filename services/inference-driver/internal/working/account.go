package working

import (
	"context"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/own"
)

// account publishes what this process costs while it works on the run, and once
// when the work is over, which is when ctx ends.
func (s *session) account(ctx context.Context) {
	meter := own.Start()
	last, cancel := outlive(ctx, closing)
	defer cancel()
	tick := time.NewTicker(s.timing.account)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		sampled := &event.DriverSampled{Clock: s.Clock.Host(), At: s.Clock.Now(), InFlight: int64(s.held.count())}
		meter.Read(sampled)
		s.publish(last, sampled)
	}
}
