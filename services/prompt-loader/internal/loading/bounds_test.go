package loading

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// drivers play n driver replicas that take a moment for each prompt, and return
// how many prompts they had in flight together when each began, in that order.
func (s *stage) drivers(id event.RunID, c config.Load, n int, each time.Duration) (began func() []int64) {
	var mu sync.Mutex
	var order []int64
	var inFlight atomic.Int64
	ctx, cancel := context.WithCancel(s.t.Context())
	var work sync.WaitGroup
	for k := range n {
		b := s.connect()
		publisher := b.NewPublisher(event.Producer{Service: run.Driver, Instance: "d" + strconv.Itoa(k)}, s.clock)
		shared := run.Work(id)
		shared.MaxInFlight, shared.Join = int(c.FirstConcurrency()), true
		w, err := b.NewWorker(s.t.Context(), shared)
		require.NoError(s.t, err)
		work.Go(func() {
			for ctx.Err() == nil {
				got, _ := w.Fetch(ctx, 64, 100*time.Millisecond)
				for _, d := range got {
					mu.Lock()
					order = append(order, inFlight.Add(1))
					mu.Unlock()
					work.Go(func() {
						timer := time.NewTimer(each)
						defer timer.Stop()
						<-timer.C
						_ = publisher.PublishNow(ctx, id, finishedRequest(s, d.Event.Data.(*event.PromptQueued)))
						inFlight.Add(-1)
						_ = d.Ack(ctx)
					})
				}
			}
		})
	}
	stop := sync.OnceFunc(func() { cancel(); work.Wait() })
	s.t.Cleanup(stop)
	return func() []int64 { stop(); return order }
}

// TestStagesOfConcurrency: over two replicas, never more in flight than the
// stage's, and each stage is used to the full.
func TestStagesOfConcurrency(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.connect())
	c := configure(0, func(c *config.Run) {
		c.Load.Stages = []config.Stage{{Concurrency: 2, Requests: 20}, {Concurrency: 8, Requests: 80}, {Concurrency: 1, Requests: 120}}
		c.Load.Concurrency, c.Scenario.NumSamples = 8, 220
	})
	id := s.request(c)
	s.ready(id, everyone...)
	s.await(id, func(state run.State) bool { return state.Phase == run.Running })
	began := s.drivers(id, c.Load, 2, 15*time.Millisecond)
	state := s.loaded(id)
	require.EqualValues(t, 220, *state.Prompts, "as many as the stages ask for")
	require.Equal(t, 3, state.Stage, "the drivers were told of each")
	require.Eventually(t, func() bool { return len(recorded[*event.RequestFinished](s, id, subject.Request)) == 220 }, 20*time.Second, 20*time.Millisecond)
	order := began()
	requireEachOnce(t, s.prompts(id), 220)
	most := func(from, to int) (most int64) {
		for _, n := range order[from:to] {
			most = max(most, n)
		}
		return most
	}
	require.EqualValues(t, 2, most(0, 20))
	require.EqualValues(t, 8, most(20, 100))
	// A lower bound holds once the loader has seen the stage before end and what was
	// over it has ended, which on a busy machine takes some requests.
	require.EqualValues(t, 1, most(220-20, 220))
}

func TestStagesByTime(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.connect())
	c := configure(1_000_000, func(c *config.Run) {
		c.Load.Stages = []config.Stage{{Concurrency: 1, DurationS: 0.4}, {Concurrency: 6, DurationS: 0.6}}
		c.Load.Concurrency, c.Load.CooldownS = 6, 0.2
	})
	id := s.request(c)
	s.ready(id, everyone...)
	running := s.await(id, func(state run.State) bool { return state.Phase == run.Running })
	began := s.drivers(id, c.Load, 1, 10*time.Millisecond)
	s.loaded(id)
	require.InDelta(t, 1, float64(s.clock.Now().WallNS-running.RunningNS)/1e9, 0.4)
	order := began()
	require.EqualValues(t, 1, order[5])
	prompts := s.prompts(id)
	last := prompts[len(prompts)-1]
	require.True(t, last.Cooldown)
	require.False(t, prompts[0].Cooldown)
	require.False(t, last.Warmup)
}

func TestCooldown(t *testing.T) {
	count := counting(cooldown)
	require.Zero(t, count(config.Load{}, 100, time.Second))
	require.EqualValues(t, 7, count(config.Load{Cooldown: 7}, 100, time.Second))
	require.EqualValues(t, 10, count(config.Load{CooldownShare: 0.1}, 100, 0))
	require.EqualValues(t, 20, count(config.Load{CooldownShare: 0.1, DurationS: 200}, 200, time.Second))
	require.EqualValues(t, 5, count(config.Load{CooldownS: 5, DurationS: 100}, 100, time.Second))
}

func TestCancellationsAreDrawnOnce(t *testing.T) {
	load := config.Load{CancelShare: 0.3, CancelAfterTokens: 4}
	n := 0
	for i := range int64(10_000) {
		plan := cancellation(load, 7, i)
		require.Equal(t, plan, cancellation(load, 7, i), "a loader that takes over draws the same")
		if plan != nil {
			require.EqualValues(t, 4, *plan.AfterTokens)
			n++
		}
	}
	require.InDelta(t, 3000, n, 200)
	require.EqualValues(t, 1_500_000_000, *cancellation(config.Load{CancelShare: 1, CancelAfterS: 1.5}, 1, 1).AfterNS)
	require.Nil(t, cancellation(config.Load{}, 1, 1))
}
