package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

// Texts are the keys of runs whose prompt texts are not kept (bucket AEB_KEYS).
// The stream holds such texts encrypted, so that one small deletion erases all of
// them, from the stream and from every copy of it.
type Texts struct{ bus *bus.Bus }

// NewTexts opens nothing yet.
func NewTexts(b *bus.Bus) *Texts { return &Texts{b} }

// Make returns the run's key, and makes it when there is none.
func (t *Texts) Make(ctx context.Context, run event.RunID) ([]byte, error) {
	kv, err := t.bus.KV(ctx, stream.Keys)
	if err != nil {
		return nil, fmt.Errorf("text key of %s: %w", run, err)
	}
	key := event.NewTextKey()
	_, err = kv.Create(ctx, string(run), key, 0)
	if errors.Is(err, bus.ErrConflict) {
		return t.Key(ctx, run)
	}
	if err != nil {
		return nil, fmt.Errorf("text key of %s: %w", run, err)
	}
	return key, nil
}

// Key returns the run's key; bus.ErrNotFound, wrapped, when there is none, or no
// longer.
func (t *Texts) Key(ctx context.Context, run event.RunID) ([]byte, error) {
	kv, err := t.bus.KV(ctx, stream.Keys)
	if err != nil {
		return nil, fmt.Errorf("text key of %s: %w", run, err)
	}
	entry, err := kv.Get(ctx, string(run))
	if err != nil {
		return nil, fmt.Errorf("text key of %s: %w", run, err)
	}
	return entry.Value, nil
}

// Forget destroys the run's key, and with it the texts. A run that has none is no
// error.
func (t *Texts) Forget(ctx context.Context, run event.RunID) error {
	_, err := t.Key(ctx, run)
	if errors.Is(err, bus.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	kv, err := t.bus.KV(ctx, stream.Keys)
	if err == nil {
		err = kv.Delete(ctx, string(run), 0)
	}
	if err != nil {
		return fmt.Errorf("forget the texts of %s: %w", run, err)
	}
	return nil
}
