package offset

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func track(host clock.Clock, ask Ask, publish func(*event.ClockOffset)) Track {
	return Track{Clock: host, Reference: "gpu", Ask: ask, Every: 5 * time.Second, Log: slog.New(slog.DiscardHandler), Publish: publish}
}

// played is a machine whose clock follows the bubble's time.
type played struct{ began time.Time }

func (p played) Host() event.Clock { return event.Clock{Host: "gpu", BootID: "1"} }

func (p played) Now() event.Stamp {
	now := time.Now()
	return event.Stamp{WallNS: now.UnixNano(), MonoNS: int64(now.Sub(p.began)) + int64(time.Hour)}
}

// A host 40 ms ahead that drifts is followed over slow and uneven ways: at the
// start, at every interval and at the end, each within its stated error.
func TestTrackFollowsAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gpu := played{time.Now()}
		host := clock.Skewed(gpu, event.Clock{Host: "driver", BootID: "2"}, 40*time.Millisecond, 100)
		began := time.Now()
		answer := Answer(gpu)
		n := 0
		ask := func(ctx context.Context, q []byte) ([]byte, error) {
			n++
			clock.Wait(ctx, time.Duration(1+n%3)*time.Millisecond)
			out := answer(q)
			clock.Wait(ctx, time.Duration(5-n%5)*time.Millisecond)
			return out, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		var got []*event.ClockOffset
		track(host, ask, func(o *event.ClockOffset) { got = append(got, o) }).Run(ctx, t.Context())
		require.Len(t, got, 4, "start, 5 s, 10 s, end")
		for _, o := range got {
			require.NoError(t, o.Validate())
			truth := 40e6 + 1e-4*float64(o.AtNS-began.UnixNano())
			require.InDelta(t, truth, float64(o.OffsetNS), float64(o.ErrorNS))
			require.LessOrEqual(t, o.ErrorNS, int64(2.1e6), "half of 1 ms there and 3 ms back, or less")
			require.Equal(t, probes, o.Samples)
		}
	})
}

// stepped is a machine whose wall clock was set forward at some moment.
type stepped struct {
	clock.Clock
	at time.Time
	by time.Duration
}

func (s stepped) Now() event.Stamp {
	now := s.Clock.Now()
	if time.Now().After(s.at) {
		now.WallNS += int64(s.by)
	}
	return now
}

// A wall clock that is set between two estimates moves the offset and nothing else: by
// the monotonic clocks both hosts are as far apart as before.
func TestASetClockShowsInTheMonotonicClocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const step = 3 * time.Second
		gpu := played{time.Now()}
		driver := clock.Skewed(gpu, event.Clock{Host: "driver", BootID: "2"}, 40*time.Millisecond, 0)
		host := stepped{driver, time.Now().Add(7 * time.Second), step}
		ask := func(_ context.Context, q []byte) ([]byte, error) { return Answer(gpu)(q), nil }
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		var got []*event.ClockOffset
		track(host, ask, func(o *event.ClockOffset) { got = append(got, o) }).Run(ctx, t.Context())
		require.Len(t, got, 4)
		for i, o := range got {
			want := int64(40 * time.Millisecond)
			require.Equal(t, want, o.HostMonoNS-o.ReferenceMonoNS)
			if i >= 2 {
				want += int64(step)
			}
			require.Equal(t, want, o.OffsetNS)
		}
	})
}

// One boot is one clock: a question is enough to see it, and nothing is published.
func TestSameBootIsNotProbed(t *testing.T) {
	system := clock.System("container")
	questions := 0
	ask := func(_ context.Context, q []byte) ([]byte, error) {
		questions++
		return Answer(clock.System("gpu"))(q), nil
	}
	none := func(*event.ClockOffset) { t.Fatal("published") }
	track(system, ask, none).Run(t.Context(), t.Context())
	require.Equal(t, 1, questions)
	track(clock.System("gpu"), ask, none).Run(t.Context(), t.Context())
	require.Equal(t, 1, questions, "the reference asks nobody")
}

func TestReferenceIsTheFirstByName(t *testing.T) {
	require.Equal(t, "a", Reference(map[string]int{"c": 1, "a": 2, "b": 3}))
	require.Empty(t, Reference(map[string]int{}))
}

// A reference that is away, or answers nonsense, gives no estimate until it is back.
func TestSilentReferenceIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gpu := played{time.Now()}
		host := clock.Skewed(gpu, event.Clock{Host: "driver", BootID: "2"}, -time.Second, 0)
		n := 0
		ask := func(_ context.Context, q []byte) ([]byte, error) {
			switch n++; n {
			case 1:
				return nil, errors.New("nobody")
			case 2:
				return []byte("{"), nil
			}
			return Answer(gpu)(q), nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		var got []*event.ClockOffset
		track(host, ask, func(o *event.ClockOffset) { got = append(got, o); cancel() }).Run(ctx, t.Context())
		require.Len(t, got, 2, "the first that is answered, and the end")
		require.EqualValues(t, -1e9, got[0].OffsetNS)
	})
}
