package clock

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestSystemReadsBothClocks(t *testing.T) {
	c := System("GPU-Box.example.org")
	require.Equal(t, "gpu-box-example-org", c.Host().Host)
	require.NotEmpty(t, c.Host().BootID)
	require.Equal(t, c.Host().BootID, System("").Host().BootID, "one machine, one boot")
	require.NoError(t, event.CheckToken(System("").Host().Host))

	before := time.Now()
	first := c.Now()
	second := c.Now()
	require.WithinRange(t, time.Unix(0, first.WallNS), before.Add(-time.Millisecond), time.Now().Add(time.Millisecond))
	require.Positive(t, first.MonoNS)
	require.GreaterOrEqual(t, second.MonoNS, first.MonoNS)
}

// The parts of a stamp belong together: the wall clock projected from an earlier
// stamp agrees with the one read, unless someone steps it meanwhile.
func TestStampPartsAgree(t *testing.T) {
	c := System("")
	first := c.Now()
	best := time.Hour
	for range 100 {
		s := c.Now()
		best = min(best, time.Duration(s.WallNS-first.AtMono(s.MonoNS)).Abs())
	}
	require.Less(t, best, 10*time.Millisecond)
}

func TestManualMovesOnlyWhenTold(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	m := NewManual(at)
	require.Equal(t, event.Stamp{WallNS: at.UnixNano(), MonoNS: int64(time.Hour)}, m.Now())
	require.Equal(t, m.Now(), m.Now())
	m.Advance(time.Second)
	require.Equal(t, event.Stamp{WallNS: at.Add(time.Second).UnixNano(), MonoNS: int64(time.Hour + time.Second)}, m.Now())
	m.Skew = -time.Minute
	require.Equal(t, at.Add(time.Second-time.Minute).UnixNano(), m.Now().WallNS)
	require.Equal(t, int64(time.Hour+time.Second), m.Now().MonoNS, "skew is the wall clock's")

	require.Equal(t, event.Clock{Host: "test", BootID: "manual"}, m.Host())
	m.ID = event.Clock{Host: "b", BootID: "2"}
	require.Equal(t, m.ID, m.Host())
	var zero Manual
	require.Equal(t, event.Stamp{}, zero.Now())
}

func TestManualIsSafeForConcurrentUse(t *testing.T) {
	m := NewManual(time.Unix(0, 0))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				m.Advance(time.Nanosecond)
				_ = m.Now()
			}
		})
	}
	all.Wait()
	require.Equal(t, int64(4000), m.Now().WallNS)
}

func BenchmarkSystemNow(b *testing.B) {
	c := System("")
	for b.Loop() {
		_ = c.Now()
	}
}
