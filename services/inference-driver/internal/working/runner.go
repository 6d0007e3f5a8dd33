package working

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// Runner takes part in every run that it sees.
type Runner struct {
	Bus       *bus.Bus
	Publisher *bus.Publisher
	Store     *run.Store
	Clock     clock.Clock
	Log       *slog.Logger
	Client    *wire.Client
	// MaxInFlight bounds this replica's requests; Drain is how long a stop waits
	// for them.
	MaxInFlight int
	Drain       time.Duration

	mu     sync.Mutex
	active map[event.RunID]bool
}

// Run serves until ctx ends, then waits for what it has begun.
func (r *Runner) Run(ctx context.Context) error {
	r.active = map[event.RunID]bool{}
	defer r.Client.Close()
	var work sync.WaitGroup
	defer work.Wait()
	for state, err := range r.Store.Watch(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("watch runs: %w", err)
		}
		task := r.task(state)
		if task == nil || !r.begin(state.Run) {
			continue
		}
		work.Go(func() {
			defer r.end(state.Run)
			if err := task(ctx, state); err != nil && ctx.Err() == nil {
				r.Log.Error("take part in run", "run_id", string(state.Run), "error", err)
			}
		})
	}
	return nil
}

// task is what a state asks of a driver, or nil. A replica that comes late to a
// run under load joins it.
func (r *Runner) task(s run.State) func(context.Context, run.State) error {
	switch {
	case s.Phase == run.Baseline, s.Phase == run.Running:
		return r.takePart
	}
	return nil
}

func (r *Runner) begin(id event.RunID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.active[id] {
		return false
	}
	r.active[id] = true
	return true
}

func (r *Runner) end(id event.RunID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.active, id)
}

// takePart sees one run through, from its baseline or from wherever it is.
func (r *Runner) takePart(ctx context.Context, state run.State) error {
	c, err := config.Parse(state.Config)
	if err != nil {
		return r.fail(ctx, state.Run, "config", err)
	}
	base, err := wire.Base(c.Backend.Endpoint)
	if err != nil {
		return r.fail(ctx, state.Run, "config", fmt.Errorf("backend.endpoint: %w", err))
	}
	if state.Phase == run.Baseline {
		if err := r.check(ctx, state.Run, c, base); err != nil {
			return err
		}
		state, err = r.Store.Await(ctx, state.Run, func(s run.State) bool { return s.Phase != run.Baseline })
		if err != nil {
			return err
		}
	}
	if state.Phase != run.Running {
		return nil
	}
	return (&session{Runner: r, id: state.Run, config: c, base: base}).do(ctx)
}

// retryEvery is how often a server that does not answer is asked again.
const retryEvery = 500 * time.Millisecond

// check waits for the server to serve the model, within the time that the config
// gives it, and tells the run either way.
func (r *Runner) check(ctx context.Context, id event.RunID, c config.Run, base string) error {
	wait, cancel := context.WithTimeout(ctx, time.Duration(c.Backend.ReadyTimeoutS*float64(time.Second)))
	defer cancel()
	tick := time.NewTicker(retryEvery)
	defer tick.Stop()
	var last error
	for {
		err := r.Client.Check(wait, base, c.Backend.Model)
		if err == nil {
			_, err := r.Store.Update(ctx, id, func(s run.State) (run.State, error) { return s.Check(run.Driver) })
			if errors.Is(err, run.ErrTransition) {
				return nil
			}
			return err
		}
		if last == nil || wait.Err() == nil {
			last = err // the deadline's own error would hide what was wrong
		}
		var failed *wire.Error
		final := errors.As(err, &failed) && failed.Class == wire.Unauthorized
		select {
		case <-tick.C:
			if !final {
				continue
			}
		case <-wait.Done():
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		class := "server_unreachable"
		if errors.Is(last, wire.ErrModel) {
			class = "model_not_served"
		}
		return r.fail(ctx, id, class, fmt.Errorf("%s: %w", base, last))
	}
}

// fail ends the run with a class and a reason.
func (r *Runner) fail(ctx context.Context, id event.RunID, class string, reason error) error {
	at := r.Clock.Now().WallNS
	failure := event.Failure{Class: class, Reason: wire.Redact(reason.Error())}
	_, err := r.Store.Update(ctx, id, func(s run.State) (run.State, error) { return s.Fail(failure, at) })
	if errors.Is(err, run.ErrTransition) {
		return nil // it has come to an end already
	}
	if err != nil {
		return fmt.Errorf("fail run %s: %w", id, err)
	}
	return nil
}
