package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Erase removes every stored event of a run, its dead letters included.
func (b *Bus) Erase(ctx context.Context, run event.RunID) error {
	if _, err := event.ParseRunID(string(run)); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	var problems []error
	// Dead letters go first: what the broker gave up is known as this run's only
	// while the message itself is there.
	for letter, err := range b.letters(ctx) {
		if err == nil && letter.Run == run {
			err = b.conn.Delete(ctx, stream.DLQ, letter.Position)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("erase dead letters of run %s: %w", run, err))
		}
	}
	for _, name := range replayOrder {
		if err := b.conn.Purge(ctx, name, subject.RunFilter(run, "")); err != nil {
			problems = append(problems, fmt.Errorf("erase run %s from %s: %w", run, name, err))
		}
	}
	return errors.Join(problems...)
}
