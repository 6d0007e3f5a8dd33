package working

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// tally is what of this process's requests the run has not been told yet.
type tally struct {
	ended atomic.Int64
	// toldNS is when the run was told last, on the monotonic clock.
	toldNS atomic.Int64
}

// tellEvery is how often successes alone are told. A failure goes out at once with
// those of this process; those of others may be so much behind, and the rate of
// errors by so much too high.
const tellEvery = time.Second

// count tells the run of ended requests where its load bounds its errors.
func (s *session) count(ctx context.Context, r *event.RequestFinished) error {
	bounds := run.ErrorBounds{Errors: s.config.Load.MaxErrors, Rate: s.config.Load.MaxErrorRate}
	if bounds == (run.ErrorBounds{}) {
		return nil
	}
	s.tally.ended.Add(1)
	now := s.Clock.Now()
	failed := int64(0)
	if r.Status == event.StatusFailed {
		failed = 1
	}
	due := bounds.Rate > 0 && now.MonoNS-s.tally.toldNS.Load() >= int64(tellEvery)
	if failed == 0 && !due {
		return nil
	}
	s.tally.toldNS.Store(now.MonoNS)
	ended := s.tally.ended.Swap(0)
	failure, err := s.fail(ctx, func(st run.State) (run.State, error) {
		return st.Count(ended, failed, bounds, r.ErrorClass+": "+r.Error, now.WallNS)
	})
	if err != nil {
		s.tally.ended.Add(ended - failed)
		return err
	}
	return s.tellFailed(ctx, failure, now.WallNS)
}

// fail takes a step that may end the run, and returns why it did.
func (s *session) fail(ctx context.Context, step func(run.State) (run.State, error)) (*event.Failure, error) {
	ended := false
	after, err := s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) {
		next, err := step(st)
		ended = err == nil && st.Phase == run.Running && next.Phase != run.Running
		return next, err
	})
	if err != nil {
		return nil, err
	}
	s.failing.Store(after.ConsecutiveFailures > 0)
	if !ended {
		return nil, nil
	}
	return after.Failure, nil
}

// tellFailed publishes the end of the run, if this was it.
func (s *session) tellFailed(ctx context.Context, f *event.Failure, atNS int64) error {
	if f == nil {
		return nil
	}
	return s.publisher.Publish(ctx, s.id, &event.RunFailed{Class: f.Class, Reason: f.Reason, AtNS: atNS})
}
