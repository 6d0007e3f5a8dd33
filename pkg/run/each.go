package run

import (
	"context"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
)

// watchAgain is between two tries to watch runs on a broker that does not answer.
const watchAgain = 500 * time.Millisecond

// Each calls do with the present state of every run, then with every change, until
// ctx ends. It is how a service lives with its broker: a watch that breaks off
// begins again, so that a run may come by more than once, and a state that cannot
// be read is logged and left out.
func (s *Store) Each(ctx context.Context, log *slog.Logger, do func(State)) {
	for ctx.Err() == nil {
		err := s.each(ctx, log, do)
		if ctx.Err() != nil {
			return
		}
		log.Warn("the watch on runs ended and begins again", "error", err)
		clock.Wait(ctx, watchAgain)
	}
}

// each is one watch, until it breaks off.
func (s *Store) each(ctx context.Context, log *slog.Logger, do func(State)) error {
	for entry, err := range s.kv.Watch(ctx) {
		if err != nil {
			return err
		}
		if entry.Key == "" || entry.Deleted {
			continue
		}
		state, err := decode(entry)
		if err != nil {
			log.Error("read the state of a run", "error", err)
			continue
		}
		do(state)
	}
	return nil
}
