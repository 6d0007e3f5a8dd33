package clock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
)

// kernelMono is CLOCK_MONOTONIC as another process would read it.
func kernelMono(t *testing.T) int64 {
	t.Helper()
	var ts unix.Timespec
	require.NoError(t, unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts))
	return ts.Nano()
}

func TestSystemReadsTheHostsClocks(t *testing.T) {
	c := clock.System("Host_A.example")
	require.Equal(t, "host_a-example", c.Host().Host)
	require.NotEmpty(t, c.Host().BootID)
	var last int64
	for range 1000 {
		before, wall := kernelMono(t), time.Now().UnixNano()
		s := c.Now()
		require.GreaterOrEqual(t, s.MonoNS, before-int64(50*time.Microsecond), "the kernel's monotonic clock")
		require.LessOrEqual(t, s.MonoNS, kernelMono(t)+int64(50*time.Microsecond))
		require.GreaterOrEqual(t, s.WallNS, wall)
		require.GreaterOrEqual(t, s.MonoNS, last)
		last = s.MonoNS
	}
}

func TestManualMovesOnlyWhenTold(t *testing.T) {
	m := clock.NewManual(time.Unix(1000, 0))
	first := m.Now()
	require.Equal(t, first, m.Now())
	m.Advance(time.Second)
	require.Equal(t, first.AtMono(m.Now().MonoNS), m.Now().WallNS)
	m.Skew = 40 * time.Millisecond
	require.EqualValues(t, 1_001_040_000_000, m.Now().WallNS)
}

func BenchmarkNow(b *testing.B) {
	c := clock.System("")
	for b.Loop() {
		c.Now()
	}
}
