package loading

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

// timing is how long a loader waits. Tests wait less.
type timing struct {
	// lease is how soon another replica takes over from one that died.
	lease time.Duration
	// margin covers the services' own work around the times that a config gives.
	margin time.Duration
	// leadIn puts the first arrival of an open loop after the run's start, so
	// that it is not late by what starting takes.
	leadIn time.Duration
}

var usualTiming = timing{lease: 10 * time.Second, margin: 5 * time.Second, leadIn: 200 * time.Millisecond}

// maxAttempts is how often this replica tries to load a run before it fails it.
const maxAttempts = 3

// Loader watches runs and loads those that it can claim.
type Loader struct {
	Bus *bus.Bus
	// Producer is this replica's name. Each attempt to load a run publishes in
	// an epoch of its own, so that the record of one that broke off is closed.
	Producer event.Producer
	Store    *run.Store
	Leases   *run.Leases
	Clock    clock.Clock
	Log      *slog.Logger
	Hub      hub.Client

	timing timing
}

// Run serves until ctx ends, then waits for what it has begun. A broker that is
// away is waited for.
func (l *Loader) Run(ctx context.Context) error {
	if l.timing == (timing{}) {
		l.timing = usualTiming
	}
	var tasks run.Tasks
	defer tasks.Wait()
	l.Store.Each(ctx, l.Log, func(state run.State) {
		switch {
		case needsLoading(state):
			tasks.Go(state.Run, func() {
				l.claim(ctx, state.Run)
				l.forget(ctx, state.Run) // it may have ended meanwhile
			})
		case driven(state):
			tasks.Go(state.Run, func() { l.forget(ctx, state.Run) })
		}
	})
	return nil
}

// needsLoading holds for runs before their load, and under load until all
// prompts are out.
func needsLoading(s run.State) bool {
	switch s.Phase {
	case run.Requested, run.Baseline:
		return true
	case run.Running:
		return s.Prompts == nil
	}
	return false
}

// claim loads the run once this replica holds its lease, and waits for the lease
// as long as the run still needs loading. What breaks off is tried again.
func (l *Loader) claim(ctx context.Context, id event.RunID) {
	log := l.Log.With("run_id", string(id))
	retry := time.NewTicker(l.timing.lease / 2)
	defer retry.Stop()
	for failed := 0; ; {
		lease, err := l.Leases.Acquire(ctx, "loader-"+string(id), l.Producer.String(), l.timing.lease)
		if err == nil {
			err = l.under(ctx, lease, id, failed+1 == maxAttempts)
			if err == nil {
				return
			}
			failed++
		}
		if ctx.Err() != nil {
			return
		}
		if !errors.Is(err, run.ErrHeld) {
			log.Error("load run", "error", err)
		}
		if failed == maxAttempts {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-retry.C:
		}
		state, err := l.Store.Get(ctx, id)
		if err == nil && !needsLoading(state) || errors.Is(err, run.ErrUnknown) {
			return
		}
	}
}

// under loads while the lease holds. The last attempt to break off fails the run.
func (l *Loader) under(ctx context.Context, lease *run.Lease, id event.RunID, last bool) error {
	defer func() {
		release, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.timing.lease)
		defer cancel()
		if err := lease.Release(release); err != nil {
			l.Log.Warn("release lease", "run_id", string(id), "error", err)
		}
	}()
	ctx, end := lease.Under(ctx)
	defer end()
	return (&job{Loader: l, id: id, publisher: l.Bus.NewPublisher(l.Producer, l.Clock), last: last}).do(ctx)
}
