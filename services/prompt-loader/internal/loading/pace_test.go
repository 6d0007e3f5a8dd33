package loading

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
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

// arrivals is when prompts were due and when they were published, in order.
func arrivals(s *stage, id event.RunID) (due, out []int64) {
	s.t.Helper()
	for record, err := range s.bus.Replay(s.t.Context(), id, subject.Prompt) {
		require.NoError(s.t, err)
		due = append(due, *record.Event.Data.(*event.PromptQueued).ScheduledNS)
		out = append(out, record.Event.Time.UnixNano())
	}
	return due, out
}

func lags(due, out []int64) []time.Duration {
	all := make([]time.Duration, len(due))
	for i := range due {
		all[i] = time.Duration(out[i] - due[i])
	}
	slices.Sort(all)
	return all
}

func median[T cmp.Ordered](all []T) T { return slices.Sorted(slices.Values(all))[len(all)/2] }

func drive(s *stage, c config.Run) event.RunID {
	s.t.Helper()
	id := s.request(c)
	s.ready(id, everyone...)
	s.loaded(id)
	return id
}

// TestConstantRateHolds: a rate of 2,000/s is kept within half a per cent. Where the
// machine wakes a loop late that has nothing to publish, it may be half as far off
// again. A busy machine is asked again; a loader that is slow by itself is slow every
// time.
func TestConstantRateHolds(t *testing.T) {
	const n, rate, tries = 4001, 2000.0, 10
	s := newStage(t)
	s.loader("a", s.bus)
	for range tries {
		idle, stop := wakes(t, time.Second/rate)
		id := drive(s, configure(n, func(c *config.Run) { c.Load.Type, c.Load.RatePerS = config.LoadConstant, rate }))
		stop()
		due, out := arrivals(s, id)
		require.Len(t, due, n)
		for i, lag := range lags(due, out) {
			require.GreaterOrEqual(t, lag, time.Duration(0), "prompt %d came early", i)
		}
		// The ends are medians of a twentieth of a second: one late prompt at either end is
		// no other rate.
		const end = 101
		held := (n - end) / (float64(median(out[n-end:])-median(out[:end])) / 1e9)
		woken := <-idle
		fellBehind := median(woken[len(woken)-end:]) - median(woken[:end])
		off, limit := math.Abs(held/rate-1), max(0.005, fellBehind.Seconds()*rate/(n-end)*3/2)
		t.Logf("%.1f per second: %.2f %% off, at most %.2f %%", held, 100*off, 100*limit)
		if off <= limit {
			return
		}
	}
	t.Fatal("another rate every time")
}

func TestLoadEndsWithItsTime(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := drive(s, configure(1_000_000, func(c *config.Run) {
		c.Load.Type, c.Load.RatePerS, c.Load.DurationS, c.Load.WarmupShare = config.LoadConstant, 100, 0.5, 0.2
	}))
	prompts := s.prompts(id)
	require.Len(t, prompts, 50)
	for i, p := range prompts {
		require.Equal(t, i < 10, p.Warmup)
	}
}

func TestStagesEndTheLoad(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := drive(s, configure(1_000_000, func(c *config.Run) {
		c.Load.Type = config.LoadConstant
		c.Load.Stages = []config.Stage{{RatePerS: 100, DurationS: 0.1}, {RatePerS: 400, DurationS: 0.1}}
	}))
	prompts := s.prompts(id)
	require.Len(t, prompts, 50)
	for i, p := range prompts {
		require.Equal(t, 1+min(1, i/10), p.Stage, "prompt %d", i)
	}
}

func TestTraceIsKept(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := drive(s, configure(5, func(c *config.Run) {
		c.Scenario.DatasetName, c.Scenario.DatasetFormat = "../dataset/testdata/mooncake.jsonl", config.FormatMooncake
		c.Scenario.Repeat = false
		c.Load.Type, c.Load.TimeScale = config.LoadTrace, 0.1
	}))
	due, out := arrivals(s, id)
	var at []time.Duration
	for _, d := range due {
		at = append(at, time.Duration(d-due[0]))
	}
	us := time.Microsecond
	require.Equal(t, []time.Duration{0, 0, 25_050 * us, 100_000 * us, 200_000 * us}, at)
	require.GreaterOrEqual(t, lags(due, out)[0], time.Duration(0))
	require.EqualValues(t, 7, *s.prompts(id)[2].Generate.MaxTokens)
}

// TestTraceIsKeptToTheMillisecond: prompts of a trace of 1,000/s go out within a
// millisecond of their times at p50 and at p99. Where the machine wakes a loop late
// that has nothing to publish, they may be half as late again. A busy machine is
// asked again; a loader that is late by itself is late every time.
func TestTraceIsKeptToTheMillisecond(t *testing.T) {
	const rate, n, tries = 1000, 2000, 10
	trace := filepath.Join(t.TempDir(), "trace.jsonl")
	require.NoError(t, os.WriteFile(trace, poissonTrace(t, rate, n), 0o600))
	s := newStage(t)
	s.loader("a", s.bus)
	for range tries {
		idle, stop := wakes(t, time.Second/rate)
		id := drive(s, configure(n, func(c *config.Run) {
			c.Scenario.DatasetName, c.Scenario.DatasetFormat = trace, config.FormatMooncake
			c.Load.Type, c.Load.TimeScale = config.LoadTrace, 1
		}))
		stop()
		due, out := arrivals(s, id)
		require.Len(t, due, n)
		late, woken := lags(due, out), slices.Sorted(slices.Values(<-idle))
		require.GreaterOrEqual(t, late[0], time.Duration(0), "a prompt came early")
		kept := true
		for _, percent := range []int{50, 99} {
			is, limit := late[n*percent/100], max(time.Millisecond, woken[len(woken)*percent/100]*3/2)
			t.Logf("late at p%d: %s, at most %s", percent, is, limit)
			kept = kept && is <= limit
		}
		if kept {
			return
		}
	}
	t.Fatal("late every time")
}

// wakes tells how late an alarm wakes a loop that does nothing between, until stop
// is called.
func wakes(t *testing.T, gap time.Duration) (idle <-chan []time.Duration, stop func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	alarm, err := newAlarm(ctx)
	require.NoError(t, err)
	told := make(chan []time.Duration, 1)
	go func() {
		defer alarm.close()
		var late []time.Duration
		next := time.Now()
		for {
			next = next.Add(gap)
			if left := time.Until(next); left > 0 && !alarm.sleep(left) || ctx.Err() != nil {
				told <- late
				return
			}
			late = append(late, time.Since(next))
		}
	}()
	return told, stop
}

func TestAsSoonAsPossible(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := drive(s, configure(100, func(c *config.Run) { c.Load.Type = config.LoadASAP }))
	for _, p := range s.prompts(id) {
		require.Equal(t, *s.prompts(id)[0].ScheduledNS, *p.ScheduledNS)
	}
}

// TestTimedClosedLoopStaysJustAhead has a driver that takes a millisecond for
// each request in each of its slots.
func TestTimedClosedLoopStaysJustAhead(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	const slots = 8
	id := s.request(configure(1_000_000, func(c *config.Run) {
		c.Load.Concurrency, c.Load.DurationS, c.Load.WarmupS = slots, 1, 0.3
	}))
	s.ready(id, everyone...)
	work := run.Work(id)
	work.MaxInFlight = slots
	worker, err := s.bus.NewWorker(t.Context(), work)
	require.NoError(t, err)
	driver := s.bus.NewPublisher(event.Producer{Service: run.Driver, Instance: "a"}, s.clock)
	finished := 0
	for {
		state, err := s.store.Get(t.Context(), id)
		require.NoError(t, err)
		batch, err := worker.Fetch(t.Context(), slots, 50*time.Millisecond)
		require.NoError(t, err)
		if len(batch) == 0 && state.Prompts != nil {
			break
		}
		backlog, err := worker.Backlog(t.Context())
		require.NoError(t, err)
		// An acknowledgement may still be under way to the broker.
		require.LessOrEqual(t, backlog.Waiting+backlog.InFlight, int64(2*slots+leastLead))
		for _, d := range batch {
			finished++
			require.NoError(t, driver.PublishNow(t.Context(), id, finishedRequest(s, d.Event.Data.(*event.PromptQueued))))
			require.NoError(t, d.Ack(t.Context()))
		}
	}
	state := s.loaded(id)
	require.EqualValues(t, finished, *state.Prompts)
	prompts := s.prompts(id)
	requireEachOnce(t, prompts, finished)
	require.Greater(t, finished, 100)
	loaded := recorded[*event.RunLoaded](s, id, subject.Ctl)[0]
	require.InDelta(t, 1, float64(loaded.AtNS-state.RunningNS)/1e9, 0.2)
	warm := 0
	for _, p := range prompts {
		if p.Warmup {
			warm++
		}
	}
	require.InDelta(t, 0.3, float64(warm)/float64(finished), 0.2)
}

func finishedRequest(s *stage, p *event.PromptQueued) *event.RequestFinished {
	now := s.clock.Now()
	return &event.RequestFinished{
		RequestID: p.RequestID, Index: p.Index, Attempt: 1, Clock: s.clock.Host(), Replica: "r0",
		Received: now, Sent: now, Status: event.StatusOK, Tokens: event.Tokens{Source: event.TokensMissing},
	}
}

// counting tells how many of n prompts, gap apart, a load marks.
func counting(marks func(load config.Load, i, n int64, at time.Duration) bool) func(config.Load, int64, time.Duration) int64 {
	return func(load config.Load, n int64, gap time.Duration) (marked int64) {
		for i := range n {
			if marks(load, i, n, time.Duration(i)*gap) {
				marked++
			}
		}
		return marked
	}
}

func TestWarmup(t *testing.T) {
	count := counting(warmup)
	require.Zero(t, count(config.Load{}, 100, time.Second))
	require.EqualValues(t, 7, count(config.Load{Warmup: 7}, 100, time.Second))
	require.EqualValues(t, 10, count(config.Load{WarmupShare: 0.1}, 100, 0))
	require.EqualValues(t, 20, count(config.Load{WarmupShare: 0.1, DurationS: 200}, 100, time.Second))
	require.EqualValues(t, 5, count(config.Load{WarmupS: 5}, 100, time.Second))
}

func TestAlarmWakesOnTimeAndAtTheEnd(t *testing.T) {
	a, err := newAlarm(t.Context())
	require.NoError(t, err)
	defer a.close()
	start := time.Now()
	require.True(t, a.sleep(20*time.Millisecond))
	require.GreaterOrEqual(t, time.Since(start), 20*time.Millisecond)
}

// BenchmarkArrivals reports how late prompts are published, by rate and kind of
// arrival. It is no test: a busy machine is late.
func BenchmarkArrivals(b *testing.B) {
	const seconds = 5
	trace := filepath.Join(b.TempDir(), "trace.jsonl")
	require.NoError(b, os.WriteFile(trace, poissonTrace(b, 1000, seconds*1000), 0o600))
	for _, c := range []struct {
		name string
		rate int64
		set  func(*config.Run)
	}{
		{"constant-2000", 2000, func(r *config.Run) { r.Load.Type = config.LoadConstant }},
		{"poisson-2000", 2000, func(r *config.Run) { r.Load.Type = config.LoadPoisson }},
		{"poisson-50", 50, func(r *config.Run) { r.Load.Type = config.LoadPoisson }},
		{"trace-1000", 1000, func(r *config.Run) {
			r.Load.Type, r.Load.TimeScale, r.Load.RatePerS = config.LoadTrace, 1, 0
			r.Scenario.DatasetName, r.Scenario.DatasetFormat = trace, config.FormatMooncake
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := newStage(b)
			s.loader("a", s.bus)
			n := c.rate * seconds
			for range b.N {
				id := drive(s, configure(n, func(r *config.Run) { r.Load.RatePerS = float64(c.rate); c.set(r) }))
				due, out := arrivals(s, id)
				all := lags(due, out)
				ratio := float64(out[n-1]-out[0]) / float64(due[n-1]-due[0])
				b.ReportMetric(100*math.Abs(ratio-1), "%-off-rate")
				b.ReportMetric(float64(all[n/2].Microseconds()), "µs-p50")
				b.ReportMetric(float64(all[n*99/100].Microseconds()), "µs-p99")
				b.ReportMetric(float64(all[n-1].Microseconds()), "µs-max")
			}
		})
	}
}

func poissonTrace(tb testing.TB, rate float64, n int) []byte {
	tb.Helper()
	process, err := arrival.New(config.Load{Type: config.LoadPoisson, RatePerS: rate}, 1, nil)
	require.NoError(tb, err)
	var out []byte
	for range n {
		at, _ := process.Next()
		out = fmt.Appendf(out, "{\"timestamp\":%.4f,\"input_length\":20,\"output_length\":1}\n", at.Seconds()*1e3)
	}
	return out
}
