package ingest

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

const (
	// fetchWait is how long an idle line asks at a time; linger how long a batch
	// waits for more: about one insert a second for each table.
	fetchWait = 5 * time.Second
	linger    = time.Second

	pauseMin = 250 * time.Millisecond
	pauseMax = 15 * time.Second
	// drainTimeout is for what is in hand when the service is told to stop.
	drainTimeout = 4 * time.Second
	// acksAtOnce hides the round trip of each acknowledgement.
	acksAtOnce = 64
)

// line ingests one kind of subject.
type line struct {
	kind   subject.Kind
	batch  int
	db     Store
	log    *slog.Logger
	worker *bus.Worker
}

func (l *line) run(ctx context.Context) error {
	pause := pauseMin
	for ctx.Err() == nil {
		batch, err := l.gather(ctx)
		if len(batch) > 0 {
			l.commit(ctx, batch)
		}
		if err == nil || ctx.Err() != nil {
			pause = pauseMin
			continue
		}
		l.log.Warn("ingest fetch", "kind", string(l.kind), "error", err, "retry_in_s", pause.Seconds())
		clock.Wait(ctx, pause)
		pause = min(2*pause, pauseMax)
	}
	return nil
}

// gather fetches until a batch is full, or until linger after its first event. It
// may return events together with an error.
func (l *line) gather(ctx context.Context) ([]*bus.Delivery, error) {
	batch, err := l.worker.Fetch(ctx, l.batch, fetchWait)
	if err != nil || len(batch) == 0 {
		return batch, err
	}
	full := time.Now().Add(linger)
	for len(batch) < l.batch {
		left := time.Until(full)
		if left <= 0 {
			break
		}
		more, err := l.worker.Fetch(ctx, l.batch-len(batch), left)
		batch = append(batch, more...)
		if err != nil {
			return batch, err
		}
	}
	return batch, nil
}

// commit writes a batch, however long the database is away, and then acknowledges
// it. When ctx ends it tries once more and leaves the batch to whoever comes next.
func (l *line) commit(ctx context.Context, batch []*bus.Delivery) {
	var rows []tables.Row
	for _, d := range batch {
		rows = append(rows, tables.Of(d.Event)...)
	}
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		stopping := ctx.Err() != nil
		err := l.write(ctx, rows)
		if err == nil {
			break
		}
		l.log.Warn("ingest insert", "kind", string(l.kind), "events", len(batch), "error", err,
			"given_back", stopping, "retry_in_s", pause.Seconds())
		if stopping {
			return
		}
		for _, d := range batch {
			// One that cannot be kept comes again, and its row is dropped.
			_ = d.InProgress()
		}
		clock.Wait(ctx, pause)
	}
	l.acknowledge(ctx, batch)
}

// write outlives ctx by a little, so that what is in hand is not read again.
func (l *line) write(ctx context.Context, rows []tables.Row) error {
	if len(rows) == 0 {
		return nil
	}
	if ctx.Err() != nil {
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		return l.db.Write(drain, rows)
	}
	return l.db.Write(ctx, rows)
}

func (l *line) acknowledge(ctx context.Context, batch []*bus.Delivery) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackWait)
	defer cancel()
	var all sync.WaitGroup
	next := make(chan *bus.Delivery)
	for range min(acksAtOnce, len(batch)) {
		all.Go(func() {
			for d := range next {
				if err := d.Ack(ctx); err != nil {
					l.log.Warn("ingest acknowledge", "event_id", d.Event.ID.String(), "error", err)
				}
			}
		})
	}
	for _, d := range batch {
		next <- d
	}
	close(next)
	all.Wait()
}
