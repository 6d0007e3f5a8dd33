package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

// Store is what is written to; a *clickhouse.DB.
type Store interface {
	// Migrate brings the store to the schema. It can be repeated.
	Migrate(ctx context.Context) error
	// Write returns nil when all rows are committed.
	Write(ctx context.Context, rows []tables.Row) error
}

// Runner runs ingest. Set the fields before Run.
type Runner struct {
	Bus *bus.Bus
	DB  Store
	Log *slog.Logger

	mu      sync.Mutex
	workers []*bus.Worker
	dead    *graveyard
}

// batches are how many events of a kind are inserted at once. A host-second of
// power holds hundreds of rows, a request one.
var batches = map[subject.Kind]int{
	subject.Ctl: 500, subject.Prompt: 5000, subject.Request: 5000, subject.Power: 500, subject.Result: 5000,
}

const (
	// inFlightBatches bounds unacknowledged events over all replicas.
	inFlightBatches = 10
	// ackWait is three times the longest insert; waiting for the database is said
	// to the broker.
	ackWait = 2 * time.Minute
	// deliverAlways: an event is never given up because the database was away.
	deliverAlways = 1 << 30
)

// Run ingests until ctx ends, which is no error. A database or broker that is away
// is waited for.
func (r *Runner) Run(ctx context.Context) error {
	if !r.insist(ctx, "migrate", r.DB.Migrate) {
		return nil
	}
	dead := &graveyard{bus: r.Bus, db: r.DB}
	lines := make([]*line, 0, len(batches))
	for _, kind := range subject.Kinds() {
		l := &line{kind: kind, batch: batches[kind], db: r.DB, log: r.Log}
		opened := r.insist(ctx, "open consumer", func(ctx context.Context) (err error) {
			l.worker, err = r.Bus.NewWorker(ctx, bus.WorkerSpec{
				Name: "reporter-ingest-" + string(kind), Kind: kind, MaxInFlight: inFlightBatches * l.batch,
				AckWait: ackWait, MaxDeliver: deliverAlways,
			})
			return err
		})
		if !opened {
			return nil
		}
		lines = append(lines, l)
	}
	r.publish(lines, dead)
	defer r.publish(nil, nil)

	var all errgroup.Group
	for _, l := range lines {
		all.Go(func() error { return l.run(ctx) })
	}
	all.Go(func() error { return dead.run(ctx, r.Log) })
	return all.Wait()
}

func (r *Runner) publish(lines []*line, dead *graveyard) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.workers, r.dead = nil, dead
	for _, l := range lines {
		r.workers = append(r.workers, l.worker)
	}
}

// insist repeats a step until it succeeds, and reports false when ctx ends first.
func (r *Runner) insist(ctx context.Context, what string, step func(context.Context) error) bool {
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		err := step(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		r.Log.Warn("ingest waits", "step", what, "error", err, "retry_in_s", pause.Seconds())
		if !clock.Wait(ctx, pause) {
			return false
		}
	}
}

const settlePoll = 20 * time.Millisecond

// Settle waits until every event that is on the streams now is in the tables,
// whichever replica writes it. It returns ErrNotRunning when ingest has not begun,
// and ctx's error when it takes too long.
func (r *Runner) Settle(ctx context.Context) error {
	r.mu.Lock()
	workers, dead := r.workers, r.dead
	r.mu.Unlock()
	if dead == nil {
		return ErrNotRunning
	}
	if err := dead.collect(ctx); err != nil {
		return err
	}
	for _, w := range workers {
		for {
			left, err := w.Backlog(ctx)
			if err != nil {
				return fmt.Errorf("settle ingest: %w", err)
			}
			if left.Waiting == 0 && left.InFlight == 0 {
				break
			}
			if !clock.Wait(ctx, settlePoll) {
				return fmt.Errorf("settle ingest with %d events left: %w", left.Waiting+left.InFlight, ctx.Err())
			}
		}
	}
	return nil
}
