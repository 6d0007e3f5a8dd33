package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

var errAway = errors.New("database is away")

// fakeStore keeps rows in memory, each once, as the tables do. It can be away, and
// it can lose the answer to a write that was done.
type fakeStore struct {
	mu       sync.Mutex
	away     bool
	mute     bool
	rows     map[string]int
	refused  int
	migrated int
}

func newFakeStore() *fakeStore { return &fakeStore{rows: map[string]int{}} }

func (s *fakeStore) Migrate(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		s.refused++
		return errAway
	}
	s.migrated++
	return nil
}

func (s *fakeStore) Write(_ context.Context, rows []tables.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		s.refused++
		return errAway
	}
	for _, r := range rows {
		s.rows[fmt.Sprint(r.Table, r.Values[:5])]++
	}
	if s.mute {
		s.refused++
		return errAway
	}
	return nil
}

func (s *fakeStore) set(away, mute bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away, s.mute = away, mute
}

func (s *fakeStore) count() (rows, refused int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rows), s.refused
}
