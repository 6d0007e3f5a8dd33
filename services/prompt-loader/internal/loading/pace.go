package loading

import (
	"context"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/arrival"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/dataset"
)

// pace picks the way of the run's load.
func (j *job) pace(ctx context.Context, state run.State, set dataset.Set, done *onStream) (pace, error) {
	load := j.config.Load
	until := time.Duration(load.DurationS * float64(time.Second))
	clock := newMonotonic(j.Clock, j.origin(state))
	switch {
	case load.OpenLoop():
		process, err := arrival.New(j.arrivals(set), j.config.Scenario.Seed, set)
		if err != nil {
			return nil, err
		}
		alarm, err := newAlarm(ctx)
		if err != nil {
			return nil, err
		}
		return &openLoop{process: process, until: until, clock: clock, alarm: alarm, log: j.Log.With("run_id", string(j.id))}, nil
	case len(load.Stages) > 0:
		return newStagedLoop(ctx, j, clock, done), nil
	case load.DurationS > 0 || load.WarmupS > 0:
		return newTimedLoop(ctx, j, clock, until, done), nil
	}
	return closedLoop{}, nil
}

// closedLoop publishes at once: the driver's slots set the pace.
type closedLoop struct{}

func (closedLoop) due() (time.Duration, bool) { return 0, true }

func (closedLoop) wait(ctx context.Context, at time.Duration) (time.Duration, bool) {
	return at, ctx.Err() == nil
}

func (closedLoop) close() {}

// monotonic counts from an origin on the wall clock, and is not moved when that
// is set later on.
type monotonic struct {
	clock  clock.Clock
	base   event.Stamp
	origin int64
}

func newMonotonic(c clock.Clock, originNS int64) monotonic {
	return monotonic{clock: c, base: c.Now(), origin: originNS}
}

// now is the time since the origin.
func (m monotonic) now() time.Duration {
	return time.Duration(m.base.AtMono(m.clock.Now().MonoNS) - m.origin)
}
