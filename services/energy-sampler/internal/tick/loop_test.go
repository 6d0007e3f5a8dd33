package tick

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// manual sleeps by moving a manual clock, and oversleeps as told.
type manual struct {
	clock     *clock.Manual
	oversleep func() time.Duration
}

func (m manual) Until(ctx context.Context, untilMonoNS int64) bool {
	if left := untilMonoNS - m.clock.Now().MonoNS; left > 0 {
		m.clock.Advance(time.Duration(left) + m.oversleep())
	}
	return ctx.Err() == nil
}

func (manual) Close() error { return nil }

// Law: whatever the delays, every call is at or after its due time on the grid of
// the first, none comes twice, and calls plus misses account for all the time.
func TestTicksKeepAbsoluteTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hz := rapid.Float64Range(MinHz, MaxHz).Draw(t, "hz")
		every, err := Interval(hz)
		require.NoError(t, err)
		c := clock.NewManual(time.Unix(1000, 0))
		delay := rapid.Int64Range(0, 4*int64(every))
		loop := Loop{
			Clock: c, Every: every, Lateness: &Lateness{},
			Sleeper: manual{c, func() time.Duration { return time.Duration(delay.Draw(t, "oversleep") / 4) }},
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		begin, calls, slot := c.Now().MonoNS, 0, int64(-1)
		var missed int64
		loop.Run(ctx, func(tick Tick) {
			if calls++; calls == 50 {
				cancel()
			}
			missed += tick.Missed
			now := (tick.At.MonoNS - begin) / int64(every)
			require.Greater(t, now, slot, "a slot was used twice")
			slot = now
			require.Equal(t, now, int64(calls)-1+missed, "calls and misses are all the slots")
			require.Less(t, int64(tick.Late)-tick.Missed*int64(every), int64(every))
			c.Advance(time.Duration(delay.Draw(t, "work")))
		})
		require.EqualValues(t, calls, loop.Lateness.Ticks())
		require.Equal(t, missed, loop.Lateness.Missed())
	})
}

func TestLoopStopsWhileItSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		begin := time.Now()
		now := func() int64 { return int64(time.Since(begin)) + 1 }
		var due []time.Duration
		(Loop{Clock: bubble{begin}, Sleeper: Timers{now}, Every: time.Second}).Run(ctx, func(tick Tick) {
			due = append(due, time.Since(begin))
			require.Zero(t, tick.Late)
			require.Zero(t, tick.Missed)
		})
		require.Equal(t, []time.Duration{0, time.Second, 2 * time.Second}, due)
		require.Equal(t, 2500*time.Millisecond, time.Since(begin))
	})
}

func TestIntervalRefusesWhatCannotBeKept(t *testing.T) {
	for _, hz := range []float64{0, -1, 0.5, 1001, nan()} {
		_, err := Interval(hz)
		require.ErrorContains(t, err, "is not between 1 and 1000", "%g", hz)
	}
	every, err := Interval(8)
	require.NoError(t, err)
	require.Equal(t, 125*time.Millisecond, every)
}

func nan() float64 { var zero float64; return zero / zero }

func TestTheSystemsSleeperIsExactAndCanBeCancelled(t *testing.T) {
	c := clock.System("test")
	sleeper, err := NewSleeper(func() int64 { return c.Now().MonoNS })
	require.NoError(t, err)
	defer func() { require.NoError(t, sleeper.Close()) }()
	until := c.Now().MonoNS + int64(30*time.Millisecond)
	require.True(t, sleeper.Until(t.Context(), until))
	require.GreaterOrEqual(t, c.Now().MonoNS, until)
	require.True(t, sleeper.Until(t.Context(), until-1), "a moment that is past")

	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(5*time.Millisecond, cancel)
	require.False(t, sleeper.Until(ctx, c.Now().MonoNS+int64(time.Hour)))
	require.False(t, sleeper.Until(ctx, c.Now().MonoNS))
}

func TestLatenessQuantiles(t *testing.T) {
	var l Lateness
	require.Zero(t, l.Quantile(0.5))
	for i := range 1000 {
		l.add(Tick{Late: time.Duration(i) * time.Microsecond})
	}
	l.add(Tick{Late: 80 * time.Millisecond, Missed: 7})
	require.EqualValues(t, 1001, l.Ticks())
	require.EqualValues(t, 7, l.Missed())
	require.Equal(t, 80*time.Millisecond, l.Max())
	require.Equal(t, 80*time.Millisecond, l.Quantile(1))
	for q, us := range map[float64]int64{0.1: 100, 0.5: 500, 0.9: 900} {
		got := l.Quantile(q).Microseconds()
		require.GreaterOrEqual(t, got, us)
		require.LessOrEqual(t, got, us+us/2)
	}
}
