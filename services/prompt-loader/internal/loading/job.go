package loading

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/dataset"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/rerun"
)

// job is one attempt of this replica to load a run.
type job struct {
	*Loader
	id        event.RunID
	publisher *bus.Publisher
	// last is set when there will be no other attempt.
	last   bool
	config config.Run
	// key seals the texts of a run that does not keep them.
	key []byte
	// again is what a rerun sends.
	again *rerun.Load
}

// do takes the run from whatever phase it is in to loaded. A run that ends on
// the way, by anyone's hand, is no error.
func (j *job) do(ctx context.Context) error {
	state, err := j.Store.Update(ctx, j.id, j.join)
	if errors.Is(err, run.ErrTransition) || errors.Is(err, run.ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	defer j.leave(ctx)
	err = j.load(ctx, state)
	if err != nil && ctx.Err() == nil && j.last {
		return errors.Join(err, j.fail(ctx, "load", err))
	}
	return err
}

// join enters this attempt among the run's producers. A short run may be loaded by the
// time that the watch shows it: who joins then has nothing to say and leaves no count,
// and the run would never be complete.
func (j *job) join(s run.State) (run.State, error) {
	if !needsLoading(s) {
		return s, run.ErrTransition
	}
	producer, epoch := j.publisher.Identity()
	return s.Join(producer, epoch)
}

func (j *job) load(ctx context.Context, state run.State) (err error) {
	if j.config, err = config.Parse(state.Config); err != nil {
		return j.fail(ctx, "config", err)
	}
	set, err := j.prompts(ctx, state)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return j.fail(ctx, dataset.Class(err), err)
	}
	j.Log.Info("dataset read", "run_id", string(j.id), "prompts", set.Len(), "rows_skipped", set.Skipped, "origin", set.Origin)
	if state, err = j.start(ctx, state); err != nil || state.Phase != run.Running {
		return err
	}
	return j.publish(ctx, state, set)
}

// fail ends the run with a class and a reason.
func (j *job) fail(ctx context.Context, class string, reason error) error {
	at := j.Clock.Now().WallNS
	failure := event.Failure{Class: class, Reason: reason.Error()}
	_, err := j.Store.Update(ctx, j.id, func(s run.State) (run.State, error) { return s.Fail(failure, at) })
	if errors.Is(err, run.ErrTransition) {
		return nil // it has come to an end already
	}
	if err != nil {
		return fmt.Errorf("fail run %s: %w", j.id, err)
	}
	return j.publisher.PublishNow(ctx, j.id, &event.RunFailed{Class: class, Reason: failure.Reason, AtNS: at})
}

// leave closes this replica's part, also when it was cut short: the reporter
// then knows how many events to expect.
func (j *job) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), j.timing.lease)
	defer cancel()
	if err := j.publisher.CloseRun(ctx, j.id); err != nil {
		j.Log.Error("close run", "run_id", string(j.id), "error", err)
		return
	}
	producer, epoch := j.publisher.Identity()
	_, err := j.Store.Update(ctx, j.id, func(s run.State) (run.State, error) { return s.Leave(producer, epoch) })
	if err != nil {
		j.Log.Error("leave run", "run_id", string(j.id), "error", err)
	}
}

// start brings the run under load once all that it waits for is there.
func (j *job) start(ctx context.Context, state run.State) (run.State, error) {
	var err error
	if state.Phase == run.Requested {
		state, err = j.Store.Update(ctx, j.id, run.State.Measure)
		if err != nil && !errors.Is(err, run.ErrTransition) {
			return state, err
		}
	}
	if state.Phase != run.Baseline {
		return state, nil // taken over from another replica, or at its end
	}
	if state, err = j.awaitReady(ctx, state); err != nil || state.Phase != run.Baseline {
		return state, err
	}
	if err := j.unmeasured(ctx); err != nil {
		if _, ok := errors.AsType[*unmeasuredError](err); ok {
			state.Phase = run.Failed
			err = j.fail(ctx, noDevice, err)
		}
		return state, err
	}
	at := j.Clock.Now().WallNS
	state, err = j.Store.Update(ctx, j.id, func(s run.State) (run.State, error) { return s.Start(at) })
	if errors.Is(err, run.ErrTransition) {
		return state, nil
	}
	if err != nil {
		return state, err
	}
	return state, nil
}

func (j *job) sayStarted(ctx context.Context, state run.State) error {
	hosts := slices.Sorted(maps.Keys(state.Hosts))
	return j.publisher.PublishNow(ctx, j.id, &event.RunStarted{Hosts: hosts, AtNS: state.RunningNS})
}

// awaitReady waits for samplers, driver and reporter, within the time that the
// config gives them, and fails the run with what is missing.
func (j *job) awaitReady(ctx context.Context, state run.State) (run.State, error) {
	wait, cancel := context.WithTimeout(ctx, j.patience())
	defer cancel()
	ready, err := j.Store.Await(wait, j.id, func(s run.State) bool {
		state = s
		return s.Phase != run.Baseline || len(s.Waiting()) == 0
	})
	if err == nil {
		return ready, nil
	}
	if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
		return state, err
	}
	missing := state.Waiting()
	if len(missing) == 0 {
		return state, err
	}
	class := map[string]string{run.Driver: "no_driver", run.Reporter: "no_reporter"}[missing[0]]
	if class == "" {
		class = "no_sampler"
	}
	reason := fmt.Errorf("no word from %v within %s; are they running, on this broker?", missing, j.patience())
	state.Phase = run.Failed
	return state, j.fail(ctx, class, reason)
}

func (j *job) patience() time.Duration {
	s := max(j.config.Metrics.SamplerTimeoutS+j.config.Metrics.BaselineS, j.config.Backend.ReadyTimeoutS)
	return time.Duration(s*float64(time.Second)) + j.timing.margin
}
