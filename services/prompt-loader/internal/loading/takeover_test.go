package loading

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/arrival"
)

const (
	patience = 20 * time.Second
	tick     = 10 * time.Millisecond
)

func paced(n int64, rate float64) config.Run {
	return configure(n, func(c *config.Run) { c.Load.Type, c.Load.RatePerS = config.LoadPoisson, rate })
}

// takeover has one replica begin, ends it, and lets another go on.
func takeover(t *testing.T, end func(s *stage, stop func(), first func() error)) {
	t.Helper()
	const n = 400
	s := newStage(t)
	own := s.connect()
	stop := s.loader("a", own)
	id := s.request(paced(n, 300))
	s.ready(id, everyone...)
	s.await(id, func(state run.State) bool { return state.Phase == run.Running })
	require.Eventually(t, func() bool { return len(s.prompts(id)) > 50 }, patience, tick)
	s.loader("b", s.bus)
	end(s, stop, func() error { return own.Close(context.Background()) })
	state := s.loaded(id)
	require.EqualValues(t, n, *state.Prompts)
	prompts := s.prompts(id)
	requireEachOnce(t, prompts, n)
	require.Len(t, recorded[*event.RunStarted](s, id, subject.Ctl), 1)
	require.Len(t, recorded[*event.RunLoaded](s, id, subject.Ctl), 1)

	// The schedule is the one that a single replica would have kept.
	process, err := arrival.New(paced(n, 300).Load, 0, nil)
	require.NoError(t, err)
	slices.SortFunc(prompts, func(a, b *event.PromptQueued) int { return int(a.Index - b.Index) })
	for _, p := range prompts {
		at, _ := process.Next()
		require.EqualValues(t, at+testTiming.leadIn, *p.ScheduledNS-state.RunningNS)
	}
}

func TestAnotherReplicaGoesOnAfterADeath(t *testing.T) {
	t.Parallel()
	takeover(t, func(_ *stage, _ func(), cut func() error) { require.NoError(t, cut()) })
}

func TestAnotherReplicaGoesOnAfterAStop(t *testing.T) {
	t.Parallel()
	takeover(t, func(_ *stage, stop func(), _ func() error) { stop() })
}

// TestLoadedRunIsNotJoined plays a watch that shows a run when it is long loaded.
func TestLoadedRunIsNotJoined(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := s.request(configure(1, nil))
	s.ready(id, everyone...)
	state := s.left(id)
	late := &job{
		Loader: &Loader{Bus: s.bus, Store: s.store, Clock: s.clock, Log: slog.New(slog.DiscardHandler), timing: testTiming},
		id:     id, publisher: s.bus.NewPublisher(event.Producer{Service: "prompt-loader", Instance: "a"}, s.clock),
	}
	require.NoError(t, late.do(t.Context()))
	now, err := s.store.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, state.Producers, now.Producers)
}

// TestHolesAreFilled plays a replica that lost a prompt in the middle and died
// between starting the run and saying so.
func TestHolesAreFilled(t *testing.T) {
	s := newStage(t)
	id := s.request(configure(20, nil))
	_, err := s.store.Update(t.Context(), id, run.State.Measure)
	require.NoError(t, err)
	s.ready(id, everyone...)
	_, err = s.store.Update(t.Context(), id, func(state run.State) (run.State, error) { return state.Start(s.clock.Now().WallNS) })
	require.NoError(t, err)
	dead := s.bus.NewPublisher(event.Producer{Service: "prompt-loader", Instance: "dead"}, s.clock)
	for _, i := range []int64{0, 1, 4, 7} {
		require.NoError(t, dead.PublishNow(t.Context(), id, &event.PromptQueued{RequestID: requestID(i), Index: i, PromptSHA256: digest("")}))
	}
	s.loader("b", s.bus)
	state := s.left(id)
	require.EqualValues(t, 20, *state.Prompts)
	requireEachOnce(t, s.prompts(id), 20)
	require.Len(t, recorded[*event.RunStarted](s, id, subject.Ctl), 1)
}
