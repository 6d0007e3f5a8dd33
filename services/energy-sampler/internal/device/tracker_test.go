package device

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Laws: whatever a sensor says, the times that come out never go backwards, a
// repeated reading is not fresh, and a counter that went back is flagged.
func TestTracker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := Tracker{Counter: rapid.Bool().Draw(t, "counter")}
		var last int64 = math.MinInt64
		value, stamp, now := int64(-1), int64(-1), int64(0)
		for range rapid.IntRange(1, 40).Draw(t, "readings") {
			now += rapid.Int64Range(1, int64(time.Second)).Draw(t, "dt")
			nextValue := rapid.Int64Range(0, 3).Draw(t, "value")
			nextStamp := now - rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "age")
			at, fresh, flags := tr.Take(nextValue, nextStamp, now)
			if fresh {
				require.GreaterOrEqual(t, at, last)
				last = at
			}
			back := tr.Counter && value >= 0 && nextValue < value
			require.Equal(t, back, flags&CounterReset != 0)
			if value == nextValue && stamp == nextStamp {
				require.False(t, fresh)
			}
			value, stamp = nextValue, at
		}
	})
}

func TestStandingStill(t *testing.T) {
	sec := int64(time.Second)
	counter, power := Tracker{Counter: true}, Tracker{}
	for now := int64(1); now < 5*sec; now += sec / 10 {
		_, _, flags := counter.Take(500, now, now)
		require.Equal(t, now > 2*sec, flags&CounterFrozen != 0)
		// A constant power under a fresh stamp is a constant power.
		_, fresh, flags := power.Take(500, now, now)
		require.True(t, fresh)
		require.Zero(t, flags)
	}
	_, _, flags := counter.Take(501, 5*sec, 5*sec)
	require.Zero(t, flags)
}

// A new value under an old stamp takes the time of the call, and says so.
func TestAStampThatStandsStillGivesWayToTheCall(t *testing.T) {
	var power Tracker
	_, _, flags := power.Take(500, 100, 110)
	require.Zero(t, flags)
	at, fresh, flags := power.Take(600, 100, 120)
	require.True(t, fresh)
	require.EqualValues(t, 120, at)
	require.Equal(t, []string{"call_time"}, flags.Names())
}

func TestFlagNames(t *testing.T) {
	require.Nil(t, Flags(0).Names())
	require.Equal(t, []string{"counter_reset", "device_lost", "overlaps_cpu"}, (OverlapsCPU | CounterReset | DeviceLost).Names())
	require.Len(t, Flags(1<<len(flagNames)-1).Names(), len(flagNames))
}

// A flag is declared with what it means, where results look it up.
func TestFlagsAreDeclared(t *testing.T) {
	require.ElementsMatch(t, event.FlagsFrom(event.FromSampler), Flags(1<<len(flagNames)-1).Names())
}
