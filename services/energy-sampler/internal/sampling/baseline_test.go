package sampling

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// baselineOf feeds readings every 10 ms for a while and returns the mean.
func baselineOf(length time.Duration, read func(at time.Duration) (powerMW, energyMJ int64)) *int64 {
	d := newIdle()
	for at := time.Duration(0); at < length; at += 10 * time.Millisecond {
		r := device.Unread(int64(time.Hour + at))
		r.PowerMW, r.EnergyMJ = read(at)
		d.add(r)
	}
	return d.mean()
}

// counter is one that moves every 100 ms at 80 W.
func counter(at time.Duration) int64 {
	return 5000 + 80*at.Truncate(100*time.Millisecond).Milliseconds()
}

func TestIdlePower(t *testing.T) {
	missing := event.Missing
	f := func(want int64, length time.Duration, read func(time.Duration) (int64, int64)) {
		t.Helper()
		got := baselineOf(length, read)
		require.NotNil(t, got)
		require.Equal(t, want, *got)
	}
	// The counter, though the power reading is off by its gain.
	f(80_000, 5*time.Second, func(at time.Duration) (int64, int64) { return 84_000, counter(at) })
	// No counter, or too little of it.
	f(84_000, 5*time.Second, func(time.Duration) (int64, int64) { return 84_000, missing })
	f(84_000, 500*time.Millisecond, func(at time.Duration) (int64, int64) { return 84_000, counter(at) })
	f(84_000, 10*time.Millisecond, func(time.Duration) (int64, int64) { return 84_000, missing })
	// A counter that stands still is none.
	f(84_000, 5*time.Second, func(time.Duration) (int64, int64) { return 84_000, 7 })
	// A counter that was reset is measured from there.
	f(80_000, 5*time.Second, func(at time.Duration) (int64, int64) {
		if at < 2*time.Second {
			return 84_000, 9_000_000 + counter(at)
		}
		return 84_000, counter(at)
	})
	// Power is weighed by time.
	f(54_762, 4*time.Second, func(at time.Duration) (int64, int64) {
		if at > time.Second && at < 3*time.Second {
			if at%(100*time.Millisecond) != 0 {
				return missing, missing
			}
			return 60_000, missing
		}
		return 50_000, missing
	})
	require.Nil(t, baselineOf(time.Second, func(time.Duration) (int64, int64) { return missing, missing }))
}
