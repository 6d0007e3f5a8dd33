package run_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// broker is a real one, fresh for the test.
func broker(t *testing.T) *bus.Bus {
	t.Helper()
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	b, err := natsbus.Connect(t.Context(), server.ConnectOptions())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close(context.Background())) })
	return b
}

func requested(id event.RunID) run.State {
	return run.State{Run: id, Name: "test", Phase: run.Requested, Config: json.RawMessage(`{"name":"test"}`), RequestedNS: 1}
}

func newStore(t *testing.T) *run.Store {
	t.Helper()
	s, err := run.NewStore(t.Context(), broker(t))
	require.NoError(t, err)
	return s
}

func TestStoreCreateGetRemove(t *testing.T) {
	s := newStore(t)
	id := event.NewRunID(time.Now())
	_, err := s.Get(t.Context(), id)
	require.ErrorIs(t, err, run.ErrUnknown)

	require.NoError(t, s.Create(t.Context(), requested(id)))
	require.ErrorIs(t, s.Create(t.Context(), requested(id)), run.ErrExists)
	got, err := s.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, requested(id), got)

	require.NoError(t, s.Remove(t.Context(), id))
	require.NoError(t, s.Remove(t.Context(), id))
	_, err = s.Get(t.Context(), id)
	require.ErrorIs(t, err, run.ErrUnknown)
	_, err = s.Await(t.Context(), id, func(run.State) bool { return true })
	require.ErrorIs(t, err, run.ErrUnknown)
}

func TestStoreUpdateLosesNothingToOtherWriters(t *testing.T) {
	s := newStore(t)
	id := event.NewRunID(time.Now())
	state := requested(id)
	state.Phase = run.Running
	require.NoError(t, s.Create(t.Context(), state))
	const writers, each = 8, 10
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				_, err := s.Update(t.Context(), id, func(st run.State) (run.State, error) {
					return st.Outcome(false, 0, event.Failure{}, 1)
				})
				require.NoError(t, err)
			}
		})
	}
	all.Wait()
	got, err := s.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, writers*each, got.ConsecutiveFailures)
}

func TestStoreUpdateReturnsTheStepsRefusal(t *testing.T) {
	s := newStore(t)
	id := event.NewRunID(time.Now())
	require.NoError(t, s.Create(t.Context(), requested(id)))
	got, err := s.Update(t.Context(), id, func(st run.State) (run.State, error) { return st.Seal() })
	require.ErrorIs(t, err, run.ErrTransition)
	require.Equal(t, run.Requested, got.Phase)
}

func TestStoreWatchAwaitList(t *testing.T) {
	s := newStore(t)
	first, second := event.NewRunID(time.UnixMilli(1)), event.NewRunID(time.UnixMilli(2))
	require.NoError(t, s.Create(t.Context(), requested(second)))
	require.NoError(t, s.Create(t.Context(), requested(first)))
	states, err := s.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, []run.State{requested(first), requested(second)}, states)

	var all sync.WaitGroup
	all.Go(func() {
		got, err := s.Await(t.Context(), first, func(st run.State) bool { return st.Phase == run.Baseline })
		require.NoError(t, err)
		require.Equal(t, first, got.Run)
	})
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan run.State, 16)
	all.Go(func() {
		for st, err := range s.Watch(ctx) {
			require.NoError(t, err)
			seen <- st
		}
	})
	<-seen
	<-seen
	_, err = s.Update(t.Context(), first, run.State.Measure)
	require.NoError(t, err)
	require.Equal(t, run.Baseline, (<-seen).Phase)
	cancel()
	all.Wait()
}

func TestStoreAwaitEndsWithItsContext(t *testing.T) {
	s := newStore(t)
	id := event.NewRunID(time.Now())
	require.NoError(t, s.Create(t.Context(), requested(id)))
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Await(ctx, id, func(run.State) bool { cancel(); return false })
	require.ErrorIs(t, err, context.Canceled)
}
