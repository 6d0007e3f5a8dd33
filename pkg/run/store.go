package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

// Store keeps run states in the bucket AEB_RUNS. It is safe for concurrent use, by
// any number of processes.
type Store struct{ kv bus.KV }

// NewStore opens the bucket; bus.ErrNotFound when the broker does not have it.
func NewStore(ctx context.Context, b *bus.Bus) (*Store, error) {
	kv, err := b.KV(ctx, stream.Runs)
	if err != nil {
		return nil, fmt.Errorf("run store: %w", err)
	}
	return &Store{kv: kv}, nil
}

// Create stores a new run; ErrExists when the id is taken.
func (s *Store) Create(ctx context.Context, state State) error {
	text, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("create run %s: %w", state.Run, err)
	}
	_, err = s.kv.Create(ctx, string(state.Run), text, 0)
	if errors.Is(err, bus.ErrConflict) {
		return fmt.Errorf("create run %s: %w", state.Run, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("create run %s: %w", state.Run, err)
	}
	return nil
}

// Get returns ErrUnknown for a run that is not there.
func (s *Store) Get(ctx context.Context, run event.RunID) (State, error) {
	state, _, err := s.get(ctx, run)
	return state, err
}

func (s *Store) get(ctx context.Context, run event.RunID) (State, bus.Entry, error) {
	entry, err := s.kv.Get(ctx, string(run))
	if errors.Is(err, bus.ErrNotFound) {
		return State{}, entry, fmt.Errorf("run %s: %w", run, ErrUnknown)
	}
	if err != nil {
		return State{}, entry, fmt.Errorf("run %s: %w", run, err)
	}
	state, err := decode(entry)
	return state, entry, err
}

func decode(entry bus.Entry) (State, error) {
	var state State
	if err := json.Unmarshal(entry.Value, &state); err != nil {
		return State{}, fmt.Errorf("state of run %s: %w", entry.Key, err)
	}
	return state, nil
}

// retryPause is the longest first wait after losing a race; it doubles up to
// retryPauseMax. The random part keeps losers from meeting again.
const (
	retryPause    = 4 * time.Millisecond
	retryPauseMax = 200 * time.Millisecond
)

// Update applies step to the latest state and stores the result, again when
// another writer was faster, until ctx ends. A step that returns the state
// unchanged writes nothing. The returned state is the one now stored; a step's
// error is returned as it is, with the state that it refused.
func (s *Store) Update(ctx context.Context, run event.RunID, step func(State) (State, error)) (State, error) {
	for pause := retryPause; ; pause = min(2*pause, retryPauseMax) {
		was, entry, err := s.get(ctx, run)
		if err != nil {
			return State{}, err
		}
		now, err := step(was)
		if err != nil {
			return was, err
		}
		text, err := json.Marshal(now)
		if err != nil {
			return was, fmt.Errorf("update run %s: %w", run, err)
		}
		if bytes.Equal(text, entry.Value) {
			return now, nil
		}
		_, err = s.kv.Update(ctx, string(run), text, entry.Revision, 0)
		if err == nil {
			return now, nil
		}
		if !errors.Is(err, bus.ErrConflict) {
			return was, fmt.Errorf("update run %s: %w", run, err)
		}
		if err := wait(ctx, rand.N(pause)); err != nil {
			return was, fmt.Errorf("update run %s: %w", run, err)
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// List returns every run, oldest first.
func (s *Store) List(ctx context.Context) ([]State, error) {
	var out []State
	for entry, err := range s.kv.Watch(ctx) {
		if err != nil {
			return nil, fmt.Errorf("list runs: %w", err)
		}
		if entry.Key == "" {
			slices.SortFunc(out, func(a, b State) int { return strings.Compare(string(a.Run), string(b.Run)) })
			return out, nil
		}
		state, err := decode(entry)
		if err != nil {
			return nil, err
		}
		out = append(out, state)
	}
	return nil, fmt.Errorf("list runs: %w", ctx.Err())
}

// Watch yields the present state of every run, then every change, until ctx ends,
// which is no error. A change may be skipped when a newer one follows it at once.
func (s *Store) Watch(ctx context.Context) iter.Seq2[State, error] {
	return func(yield func(State, error) bool) {
		for entry, err := range s.kv.Watch(ctx) {
			if err != nil {
				yield(State{}, fmt.Errorf("watch runs: %w", err))
				return
			}
			if entry.Key == "" || entry.Deleted {
				continue
			}
			if !yield(decode(entry)) {
				return
			}
		}
	}
}

// Await watches one run until done says so, and returns that state. It returns
// ErrUnknown when the run is not there, or no longer, and the last state seen with
// ctx's error when ctx ends.
func (s *Store) Await(ctx context.Context, run event.RunID, done func(State) bool) (State, error) {
	var last State
	for entry, err := range s.kv.Watch(ctx, string(run)) {
		switch {
		case err != nil:
			return last, fmt.Errorf("await run %s: %w", run, err)
		case entry.Deleted, entry.Key == "" && last.Run == "":
			return last, fmt.Errorf("await run %s: %w", run, ErrUnknown)
		case entry.Key == "":
			continue
		}
		if last, err = decode(entry); err != nil {
			return last, err
		}
		if done(last) {
			return last, nil
		}
	}
	return last, fmt.Errorf("await run %s: %w", run, ctx.Err())
}

// Remove deletes a run's state; one that is not there is no error.
func (s *Store) Remove(ctx context.Context, run event.RunID) error {
	if err := s.kv.Delete(ctx, string(run), 0); err != nil {
		return fmt.Errorf("remove run %s: %w", run, err)
	}
	return nil
}
