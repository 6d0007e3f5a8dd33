package working

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// TestBrokerThatGoesAway: answers that come while the broker is away are stored
// when it is back, and each prompt still has one record per attempt.
func TestBrokerThatGoesAway(t *testing.T) {
	st := newStage(t)
	options := nats.Options{StoreDir: t.TempDir(), Listen: closedPort(t)}
	broker, err := nats.Start(t.Context(), options)
	require.NoError(t, err)
	st.options = &bus.Options{URL: "nats://" + options.Listen}
	require.NoError(t, natsbus.Ensure(t.Context(), *st.options))
	st.join()

	st.model.hold = make(chan struct{})
	st.replica(nil)
	const prompts = 24
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 8 })
	st.start(id)
	st.load(id, prompts)
	require.Eventually(t, func() bool { return st.model.inFlight.Load() == 8 }, 10*time.Second, time.Millisecond)
	require.NoError(t, broker.Stop(t.Context()))
	close(st.model.hold)
	require.Eventually(t, func() bool { return st.model.inFlight.Load() == 0 }, 10*time.Second, time.Millisecond)
	broker, err = nats.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Stop(context.Background())) })

	state := st.await(id, over)
	require.Nil(t, state.Failure)
	r := st.read(id)
	require.Len(t, r.finished, prompts)
	for request, attempts := range r.finished {
		seen := map[int]bool{}
		for _, a := range attempts {
			require.False(t, seen[a.Attempt], "%s has two records of one attempt", request)
			seen[a.Attempt] = true
		}
	}
}

// TestOwnBoundHolds: a replica takes no more than it may, though the run allows it.
func TestOwnBoundHolds(t *testing.T) {
	st := newStage(t)
	st.replica(func(r *Runner) { r.MaxInFlight = 3 })
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 16 })
	st.start(id)
	st.load(id, 60)
	st.await(id, over)
	require.LessOrEqual(t, st.model.most.Load(), int64(3))
	state, err := st.store.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, run.Draining, state.Phase)
}
