package working

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	Bus *bus.Bus
	// Producer is this replica's name. Each part in a run publishes in an epoch
	// of its own, so that the record of one that broke off is closed.
	Producer event.Producer
	Store    *run.Store
	// Leases choose the replica that reads the server's own metrics.
	Leases *run.Leases
	Clock  clock.Clock
	Log    *slog.Logger
	Client *wire.Client
	// MaxInFlight bounds this replica's requests; Drain is how long a stop may
	// take, most of which requests under way get to end by themselves.
	MaxInFlight int
	Drain       time.Duration
	// ClockEvery is between two estimates of how far this host's clock is ahead.
	ClockEvery time.Duration

	timing timing
}

// timing is how long things are waited for. Tests wait less.
type timing struct {
	// ackWait is how soon a dead replica's work moves to another; live work is
	// kept at a third of it.
	ackWait time.Duration
	// retry is between two questions to a server or a broker that does not answer.
	retry time.Duration
	// grace is how long a server that is up may not list the model before that is
	// taken for its answer.
	grace time.Duration
	// scrape is between two readings of the server's metrics.
	scrape time.Duration
	// account is between two accounts of this process.
	account time.Duration
}

var usualTiming = timing{ackWait: 60 * time.Second, retry: 500 * time.Millisecond, grace: 3 * time.Second, scrape: time.Second, account: 2 * time.Second}

// Run serves until ctx ends, then waits for what it has begun. A broker that is
// away is waited for.
func (r *Runner) Run(ctx context.Context) error {
	if r.timing == (timing{}) {
		r.timing = usualTiming
	}
	defer r.Client.Close()
	var tasks run.Tasks
	defer tasks.Wait()
	r.Store.Each(ctx, r.Log, func(state run.State) {
		if state.Phase == run.Baseline || state.Phase == run.Running {
			tasks.Go(state.Run, func() { r.seeThrough(ctx, state.Run) })
		}
	})
	return nil
}

// seeThrough takes part in a run until its load is over; a part that breaks off
// is begun again.
func (r *Runner) seeThrough(ctx context.Context, id event.RunID) {
	log := r.Log.With("run_id", string(id))
	for ctx.Err() == nil {
		state, err := r.Store.Get(ctx, id)
		if err == nil {
			if state.Phase != run.Baseline && state.Phase != run.Running {
				return
			}
			err = r.takePart(ctx, state)
		}
		if err == nil || errors.Is(err, run.ErrUnknown) || errors.Is(err, run.ErrTransition) {
			return
		}
		if ctx.Err() == nil {
			log.Error("take part in run", "error", err)
		}
		clock.Wait(ctx, r.timing.retry)
	}
}

// takePart is one run, from its baseline or from wherever it is: a replica that
// comes late to a run under load joins it.
func (r *Runner) takePart(ctx context.Context, state run.State) error {
	c, err := config.Parse(state.Config)
	if err != nil {
		return r.fail(ctx, state.Run, event.Failure{Class: "config", Reason: err.Error()})
	}
	servers, err := targets(c.Backend)
	if err != nil {
		return r.fail(ctx, state.Run, event.Failure{Class: "config", Reason: err.Error()})
	}
	if err := wire.Measurable(c); err != nil {
		return r.fail(ctx, state.Run, event.Failure{Class: "config", Reason: err.Error()})
	}
	if ready, err := r.check(ctx, state, c.Backend, servers); err != nil || !ready {
		return err
	}
	if state, err = r.Store.Await(ctx, state.Run, func(s run.State) bool { return s.Phase != run.Baseline }); err != nil {
		return err
	}
	if state.Phase != run.Running {
		return nil
	}
	s := &session{
		Runner: r, id: state.Run, config: c, targets: servers, held: newHeld(),
		publisher: r.Bus.NewPublisher(r.Producer, r.Clock),
		log:       r.Log.With("run_id", string(state.Run)),
	}
	return s.do(ctx)
}

// fail ends the run with a class and a reason, unless it has ended already or
// another replica has found what this one has not.
func (r *Runner) fail(ctx context.Context, id event.RunID, f event.Failure) error {
	publisher := r.Bus.NewPublisher(r.Producer, r.Clock)
	producer, epoch := publisher.Identity()
	f.Reason = wire.Redact(f.Reason)
	at := r.Clock.Now().WallNS
	told := false
	_, err := r.Store.Update(ctx, id, func(s run.State) (run.State, error) {
		told = false
		if s.Phase != run.Baseline || s.Checked[run.Driver] {
			return s, nil
		}
		s, err := s.Join(producer, epoch)
		if err != nil {
			return s, err
		}
		told = true
		return s.Fail(f, at)
	})
	r.Log.Error("the run cannot be driven", "run_id", string(id), "class", f.Class, "error", f.Reason)
	if err != nil || !told {
		return err
	}
	if err := publisher.PublishNow(ctx, id, &event.RunFailed{Class: f.Class, Reason: f.Reason, AtNS: at}); err != nil {
		return err
	}
	if err := publisher.CloseRun(ctx, id); err != nil {
		return fmt.Errorf("close run %s: %w", id, err)
	}
	_, err = r.Store.Update(ctx, id, func(s run.State) (run.State, error) { return s.Leave(producer, epoch) })
	return err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
