package run_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/membus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Several actors push one run at random, each through a connection of its own.
// Whoever watches sees one life, and what was accepted is what is stored.
func TestActorsAgreeOnOneLife(t *testing.T) {
	broker := membus.NewBroker()
	for range 20 {
		id := event.NewRunID(time.Now())
		watched := openStore(t, broker)
		require.NoError(t, watched.Create(t.Context(), requested(id)))
		var all sync.WaitGroup
		for actor := range 4 {
			store := openStore(t, broker)
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(actor), 1))
				for range 60 {
					_, err := store.Update(t.Context(), id, push(random))
					if err != nil && !errors.Is(err, run.ErrTransition) {
						t.Error(err)
					}
				}
			})
		}
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		go func() { all.Wait(); close(over) }()
		var last run.State
		var watching sync.WaitGroup
		watching.Go(func() {
			for s, err := range watched.Watch(ctx) {
				if err != nil {
					t.Error(err)
				}
				if s.Run != id {
					continue
				}
				if last.Run != "" && !reaches(last.Phase, s.Phase) {
					t.Errorf("watched %s after %s", s.Phase, last.Phase)
				}
				if s.Revision < last.Revision || len(s.Producers) < len(last.Producers) {
					t.Errorf("watched %v after %v", s, last)
				}
				last = s
			}
		})
		<-over
		stored, err := watched.Get(t.Context(), id)
		require.NoError(t, err)
		_, err = watched.Await(t.Context(), id, func(s run.State) bool { return s.Phase == stored.Phase })
		require.NoError(t, err)
		cancel()
		watching.Wait()
	}
}

func openStore(t *testing.T, broker *membus.Broker) *run.Store {
	t.Helper()
	b := broker.Connect()
	t.Cleanup(func() { require.NoError(t, b.Close(context.Background())) })
	s, err := run.NewStore(t.Context(), b)
	require.NoError(t, err)
	return s
}

// push is a random step, more often a step forward.
func push(r *rand.Rand) func(run.State) (run.State, error) {
	who := actors[r.IntN(len(actors))]
	return []func(run.State) (run.State, error){
		run.State.Measure,
		func(s run.State) (run.State, error) { return s.Check(run.Driver) },
		func(s run.State) (run.State, error) { return s.Check(run.Reporter) },
		func(s run.State) (run.State, error) { return s.Start(1) },
		func(s run.State) (run.State, error) { return s.Join(who, 1) },
		func(s run.State) (run.State, error) { return s.Leave(who, 1) },
		func(s run.State) (run.State, error) { return s.Loaded(1) },
		func(s run.State) (run.State, error) { return s.Outcome(false, 30, event.Failure{Class: "c"}, 1) },
		func(s run.State) (run.State, error) { return s.Drain(1) },
		run.State.Seal,
		func(s run.State) (run.State, error) { return s.Report(s.Revision+1, "out") },
	}[r.IntN(11)]
}
