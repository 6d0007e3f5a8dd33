package reporting

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

// leaseTTL is how soon another replica takes over from one that died.
const leaseTTL = 10 * time.Second

// Tables are filled from the streams, results included; nil when there is no
// database.
type Tables interface {
	// Ping asks whether the database answers.
	Ping(ctx context.Context) error
	// Settle waits until everything on the streams is in the tables.
	Settle(ctx context.Context) error
}

// Runner reports every run that it can claim.
type Runner struct {
	Streams   collect.Source
	Publisher *bus.Publisher
	Store     *run.Store
	Leases    *run.Leases
	Clock     clock.Clock
	Log       *slog.Logger
	Tables    Tables
}

// Run serves until ctx ends, then waits for what it has begun. A broker that is
// away is waited for.
func (r *Runner) Run(ctx context.Context) error {
	var tasks run.Tasks
	defer tasks.Wait()
	r.Store.Each(ctx, r.Log, func(state run.State) {
		if r.task(state) != nil {
			tasks.Go(state.Run, func() { r.persist(ctx, state) })
		}
	})
	return nil
}

// retryPause is the wait after a problem with the broker or the record.
const retryPause = 5 * time.Second

// persist does a run's task until there is none left: the record is safe on the
// streams, so a run is reported later rather than never. What cannot pass by itself
// has ended the run, which leaves no task.
func (r *Runner) persist(ctx context.Context, state run.State) {
	for task := r.task(state); task != nil; task = r.task(state) {
		err := task(ctx, state)
		if err == nil || ctx.Err() != nil || errors.Is(err, run.ErrUnknown) {
			return
		}
		r.Log.Error("report run", "run_id", string(state.Run), "error", err, "retry_in_s", retryPause.Seconds())
		if !clock.Wait(ctx, retryPause) {
			return
		}
		if latest, err := r.Store.Get(ctx, state.Run); err == nil {
			state = latest
		}
	}
}

func (r *Runner) task(s run.State) func(context.Context, run.State) error {
	switch s.Phase {
	case run.Baseline:
		return r.takePart
	case run.Draining, run.Sealed:
		return r.claim
	}
	return nil
}

// takePart checks the outputs of a run before its load, and reports it after.
func (r *Runner) takePart(ctx context.Context, state run.State) error {
	c, err := config.Parse(state.Config)
	if err != nil {
		return r.fail(ctx, state.Run, classConfig, err)
	}
	if err := sink.Check(c); err != nil {
		return r.fail(ctx, state.Run, classOutput, err)
	}
	_, err = r.Store.Update(ctx, state.Run, func(s run.State) (run.State, error) { return s.Check(run.Reporter) })
	if errors.Is(err, run.ErrTransition) {
		err = nil // another replica was faster, or the run has failed
	}
	if err != nil {
		return err
	}
	state, err = r.Store.Await(ctx, state.Run, func(s run.State) bool { return s.Phase.Final() || r.task(s) != nil && s.Phase != run.Baseline })
	if err != nil {
		return err
	}
	if state.Phase.Final() {
		return nil // it ended before its load
	}
	return r.claim(ctx, state)
}

func (r *Runner) fail(ctx context.Context, id event.RunID, class string, reason error) error {
	at := r.Clock.Now().WallNS
	failure := event.Failure{Class: class, Reason: reason.Error()}
	_, err := r.Store.Update(ctx, id, func(s run.State) (run.State, error) { return s.Fail(failure, at) })
	if errors.Is(err, run.ErrTransition) {
		return nil
	}
	return err
}

// claim reports the run once this replica holds its lease, as long as it still
// needs reporting.
func (r *Runner) claim(ctx context.Context, state run.State) error {
	retry := time.NewTicker(leaseTTL / 2)
	defer retry.Stop()
	producer, _ := r.Publisher.Identity()
	for {
		lease, err := r.Leases.Acquire(ctx, "reporter-"+string(state.Run), producer.String(), leaseTTL)
		if err == nil {
			return errors.Join(r.under(ctx, lease, state.Run), lease.Release(context.WithoutCancel(ctx)))
		}
		if !errors.Is(err, run.ErrHeld) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-retry.C:
		}
		if state, err = r.Store.Get(ctx, state.Run); err != nil || r.task(state) == nil {
			return err
		}
	}
}

// under reports while the lease holds, or ends a run of which no report can be made.
func (r *Runner) under(ctx context.Context, lease *run.Lease, id event.RunID) error {
	ctx, end := lease.Under(ctx)
	defer end()
	state, err := r.Store.Get(ctx, id)
	if err != nil || r.task(state) == nil {
		return err
	}
	if state, err = r.awaitClosed(ctx, state); err == nil {
		err = r.report(ctx, state)
	}
	if e, ok := endingOf(err); ok {
		return r.giveUp(ctx, id, e, err)
	}
	return err
}

// awaitClosed waits until every producer has closed, at most as long as the
// config says.
func (r *Runner) awaitClosed(ctx context.Context, state run.State) (run.State, error) {
	if state.Phase != run.Draining {
		return state, nil
	}
	c, err := config.Parse(state.Config)
	if err != nil {
		return state, err
	}
	patience := c.Reporter.SealTimeoutS + c.Metrics.CooldownS
	wait, cancel := context.WithTimeout(ctx, time.Duration(patience*float64(time.Second)))
	defer cancel()
	closed, err := r.Store.Await(wait, state.Run, func(s run.State) bool { return s.Phase != run.Draining || s.AllClosed() })
	if err == nil {
		return closed, nil
	}
	if ctx.Err() != nil {
		return state, ctx.Err()
	}
	r.Log.Warn("sealing with producers open", "run_id", string(state.Run))
	return r.Store.Get(ctx, state.Run)
}
