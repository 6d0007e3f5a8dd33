package loading

import (
	"context"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// stagedLoop is a closed loop whose concurrency changes from stage to stage. The
// bound is that of the drivers' shared consumer, which only this loader sets: it
// holds exactly over all replicas, and a lower one is reached as requests end.
type stagedLoop struct {
	*timedLoop
	stages []config.Stage
	// bound sets what may be in flight, enter tells the drivers which stage it is.
	bound func(ctx context.Context, n int64) error
	enter func(ctx context.Context, stage int) error
	log   *slog.Logger

	stage int
	// began is when the stage did, base how many requests had finished by then.
	began time.Duration
	base  int64
	// told is the stage that drivers know of, set the bound that holds; 0 before the
	// first.
	told int
	set  int64
}

func newStagedLoop(ctx context.Context, j *job, clock monotonic, done *onStream) *stagedLoop {
	return &stagedLoop{
		timedLoop: newTimedLoop(ctx, j, clock, 0, done), stages: j.config.Load.Stages,
		bound: j.bound, enter: j.enter, log: j.Log.With("run_id", string(j.id)),
	}
}

// bound makes or changes the consumer that the run's drivers share.
func (j *job) bound(ctx context.Context, n int64) error {
	work := run.Work(j.id)
	work.MaxInFlight = int(n)
	_, err := j.Bus.NewWorker(ctx, work)
	return err
}

// enter notes in the run's state which stage it is.
func (j *job) enter(ctx context.Context, stage int) error {
	_, err := j.Store.Update(ctx, j.id, func(s run.State) (run.State, error) { return s.EnterStage(stage) })
	return err
}

func (s *stagedLoop) wait(ctx context.Context, _ time.Duration) (time.Duration, bool) {
	for {
		now := s.clock.now()
		if ctx.Err() != nil || !s.advance(now) {
			return now, false
		}
		stage := s.stages[s.stage]
		s.tell(ctx, s.stage+1)
		s.apply(ctx, stage.Concurrency)
		if s.open(stage) {
			return now, true
		}
		left := s.began + length(stage) - now
		behind := s.set != stage.Concurrency || s.told != s.stage+1
		if behind {
			left = time.Second // the broker is away, and asked again
		}
		if !s.pause(ctx, left, length(stage) > 0 || behind) {
			return now, false
		}
	}
}

// advance goes to the stage of a moment; false after the last one.
func (s *stagedLoop) advance(now time.Duration) bool {
	for {
		stage, finished := s.stages[s.stage], s.finished.Load()
		switch {
		case length(stage) > 0 && now >= s.began+length(stage):
			s.began += length(stage)
		case stage.Requests > 0 && finished >= s.base+stage.Requests:
			s.began = now
		default:
			return true
		}
		if s.base = finished; s.stage == len(s.stages)-1 {
			return false
		}
		s.stage++
	}
}

// open reports whether another prompt may go out: the drivers are kept fed, and
// the last stage gets no more prompts than it asks for.
func (s *stagedLoop) open(stage config.Stage) bool {
	out := s.done.count.Load()
	last := s.stage == len(s.stages)-1
	if last && stage.Requests > 0 && out >= s.base+stage.Requests {
		return false
	}
	return out-s.finished.Load() < lead(stage.Concurrency)
}

// tell names the stage before its concurrency holds, so that what that lets go out is
// not taken for the stage before.
func (s *stagedLoop) tell(ctx context.Context, stage int) {
	if stage == s.told {
		return
	}
	if err := s.enter(ctx, stage); err != nil {
		s.log.Error("tell the stage of the load", "stage", stage, "error", err)
		return
	}
	s.told = stage
}

func (s *stagedLoop) apply(ctx context.Context, n int64) {
	if n == s.set {
		return
	}
	if err := s.bound(ctx, n); err != nil {
		s.log.Error("change the concurrency", "concurrency", n, "error", err)
		return
	}
	s.set = n
	s.log.Info("stage of the load", "stage", s.stage+1, "concurrency", n)
}

func length(s config.Stage) time.Duration { return time.Duration(s.DurationS * float64(time.Second)) }
