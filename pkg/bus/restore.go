package bus

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// headerStored is when a restored event was first stored: what came before a run
// was sealed and what came late must stay apart.
const headerStored = "Aeb-Stored-At"

// firstStored is when a message was stored, here or where it was restored from.
func firstStored(m driver.Message) time.Time {
	if at, err := time.Parse(time.RFC3339Nano, m.Header.Get(headerStored)); err == nil {
		return at.UTC()
	}
	return m.StoredAt
}

// Restore stores events as they are, under their own ids and with the time that
// they were first stored at, and waits until all are stored: it is how a run comes
// in from elsewhere. Stream and Seq of a record are not looked at. An error ends
// it and is returned as it is; what came before is stored all the same. An event
// that the stream already holds is recognised by its id for as long as the broker
// remembers ids, so who restores twice leaves out what is there.
func (b *Bus) Restore(ctx context.Context, records iter.Seq2[Record, error]) error {
	w := newWindow(b)
	for r, err := range records {
		if err == nil {
			err = w.restore(ctx, r)
		}
		if err != nil {
			_ = w.drain(ctx)
			return err
		}
	}
	if err := w.drain(ctx); err != nil {
		return err
	}
	return w.takeLost(func(event.ID) bool { return true })
}

func (w *window) restore(ctx context.Context, r Record) error {
	e := r.Event
	message, err := envelope.Encode(e)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if !r.StoredAt.IsZero() {
		message.Header.Set(headerStored, r.StoredAt.UTC().Format(time.RFC3339Nano))
	}
	if err := w.enter(ctx); err != nil {
		return fmt.Errorf("restore event %s: %w", e.ID, err)
	}
	if _, err := w.send(e.ID, message); err != nil {
		w.leave()
		return fmt.Errorf("restore event %s (%s): %w", e.ID, e.Type().Name(), err)
	}
	return nil
}
