package collect

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Source is the part of a *bus.Bus that is read.
type Source interface {
	Replay(ctx context.Context, run event.RunID, kinds ...subject.Kind) iter.Seq2[bus.Record, error]
	DeadLetters(ctx context.Context) iter.Seq2[bus.DeadLetter, error]
	Bury(ctx context.Context, e *bus.DecodeError) error
}

// Read collects a run from the streams alone.
func Read(ctx context.Context, s Source, id event.RunID) (*Run, error) {
	return read(ctx, s, id, nil)
}

// ReadKnown collects a run whose state is at hand: producers that joined are
// missed when all of their events are, and a lost run.requested is made up for.
func ReadKnown(ctx context.Context, s Source, state run.State) (*Run, error) {
	return read(ctx, s, state.Run, &state)
}

func read(ctx context.Context, s Source, id event.RunID, state *run.State) (*Run, error) {
	g := newGathering(id)
	for record, err := range s.Replay(ctx, id) {
		var bad *bus.DecodeError
		switch {
		case errors.As(err, &bad):
			if err := s.Bury(ctx, bad); err != nil {
				return nil, fmt.Errorf("read run %s: %w", id, err)
			}
			g.bury(bad.Stream, bad.Seq, bad.Err.Error(), record.StoredAt.UnixNano())
		case err != nil:
			return nil, fmt.Errorf("read run %s: %w", id, err)
		default:
			g.add(record.Event, record.StoredAt.UnixNano())
		}
	}
	for l, err := range s.DeadLetters(ctx) {
		if err != nil {
			return nil, fmt.Errorf("read run %s: %w", id, err)
		}
		if l.Run == id {
			g.bury(l.Stream, l.Seq, l.Reason, l.At.UnixNano())
		}
	}
	return g.run(state)
}

// From collects a run from events at hand, all of them stored in time.
func From(id event.RunID, events []event.Event) (*Run, error) {
	g := newGathering(id)
	for _, e := range events {
		g.add(e, 0)
	}
	return g.run(nil)
}
