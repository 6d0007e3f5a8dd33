package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

// deadEvery is how often the dead letters are looked through. There are few, and
// mostly none.
const deadEvery = 30 * time.Second

// graveyard copies dead letters into their table. They belong to no consumer: the
// broker's own notices are among them, and each is read with its message.
type graveyard struct {
	bus *bus.Bus
	db  Store

	mu sync.Mutex
	// done is the position up to which letters are in the table.
	done uint64
}

func (g *graveyard) run(ctx context.Context, log *slog.Logger) error {
	for {
		if err := g.collect(ctx); err != nil && ctx.Err() == nil {
			log.Warn("ingest dead letters", "error", err)
		}
		if !clock.Wait(ctx, deadEvery) {
			return nil
		}
	}
}

// collect writes the letters that came since the last time.
func (g *graveyard) collect(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	last := g.done
	var rows []tables.Row
	for l, err := range g.bus.DeadLetters(ctx) {
		if err != nil {
			return fmt.Errorf("ingest dead letters: %w", err)
		}
		if l.Position <= g.done {
			continue
		}
		last = max(last, l.Position)
		rows = append(rows, tables.DeadRow(l.Run, l.Stream, l.Seq, l.Subject, l.Reason, l.Attempts, l.Data, l.At))
	}
	if len(rows) > 0 {
		if err := g.db.Write(ctx, rows); err != nil {
			return fmt.Errorf("ingest dead letters: %w", err)
		}
	}
	g.done = last
	return nil
}
