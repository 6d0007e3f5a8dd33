package run

// API DRAFT (to be replaced by store.go and lease.go).

import (
	"context"
	"iter"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Store keeps run states in the bucket AEB_RUNS.
type Store struct{}

// NewStore opens the bucket.
func NewStore(ctx context.Context, b *bus.Bus) (*Store, error) { panic("draft") }

// Create stores a new run; ErrExists when the id is taken.
func (s *Store) Create(ctx context.Context, state State) error { panic("draft") }

// Get returns ErrUnknown for a run that is not there.
func (s *Store) Get(ctx context.Context, run event.RunID) (State, error) { panic("draft") }

// Update applies step to the latest state and stores the result, again when
// another writer was faster. A step that returns the state unchanged writes
// nothing. The returned state is the one now stored; a step's error is returned as it is.
func (s *Store) Update(ctx context.Context, run event.RunID, step func(State) (State, error)) (State, error) {
	panic("draft")
}

// List returns every run, oldest first.
func (s *Store) List(ctx context.Context) ([]State, error) { panic("draft") }

// Watch yields the present state of every run, then every change, until ctx ends.
func (s *Store) Watch(ctx context.Context) iter.Seq2[State, error] { panic("draft") }

// Await watches one run until done says so, and returns that state.
func (s *Store) Await(ctx context.Context, run event.RunID, done func(State) bool) (State, error) {
	panic("draft")
}

// Remove deletes a run's state.
func (s *Store) Remove(ctx context.Context, run event.RunID) error { panic("draft") }

// Leases are exclusive claims that end by themselves (bucket AEB_LEASES).
type Leases struct{}

// NewLeases opens the bucket.
func NewLeases(ctx context.Context, b *bus.Bus) (*Leases, error) { panic("draft") }

// Acquire claims name for holder, or returns ErrHeld with the present holder
// (a *HeldError). The lease is renewed by itself at a third of ttl until Release; when
// renewal is lost, Lost is closed. A holder that already has the lease gets it again.
func (l *Leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (*Lease, error) {
	panic("draft")
}

// Lease is a held claim.
type Lease struct{}

// Lost is closed when the lease can no longer be relied on.
func (l *Lease) Lost() <-chan struct{} { panic("draft") }

// Release gives the claim back.
func (l *Lease) Release(ctx context.Context) error { panic("draft") }
