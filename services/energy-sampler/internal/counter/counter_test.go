package counter

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// seconds takes values a second apart.
func seconds(c *Counter) func(valueUJ uint64) device.Reading {
	at := event.Stamp{WallNS: 1, MonoNS: 1}
	return func(valueUJ uint64) device.Reading {
		at.WallNS, at.MonoNS = at.WallNS+int64(time.Second), at.MonoNS+int64(time.Second)
		return c.Take(valueUJ, at)
	}
}

func TestEnergyGoesOnOverAWrap(t *testing.T) {
	const wrapUJ = 262_143_328_850
	take := seconds(From(1_000_000_000, wrapUJ))
	first := take(1_000_000_000 + 5_000_000)
	require.EqualValues(t, 5000, first.EnergyMJ)
	require.Equal(t, event.Missing, first.PowerMW, "one reading has no difference")
	second := take(1_000_000_000 + 65_000_000)
	require.EqualValues(t, 65_000, second.EnergyMJ)
	require.EqualValues(t, 60_000, second.PowerMW)

	take(wrapUJ - 10_000_000)
	wrapped := take(20_000_000)
	require.EqualValues(t, 30_000, wrapped.PowerMW)
	require.Zero(t, wrapped.Flags)
}

func TestNothingIsMadeUpForAReset(t *testing.T) {
	for name, rangeUJ := range map[string]uint64{"range known": 262_143_328_850, "range not known": 0} {
		t.Run(name, func(t *testing.T) {
			take := seconds(From(1_000_000, rangeUJ))
			take(51_000_000)
			reset := take(1_000)
			require.Equal(t, device.CounterReset, reset.Flags)
			require.Equal(t, event.Missing, reset.PowerMW, "no power is known across it")
			require.Zero(t, reset.EnergyMJ, "the fall shows")
			after := take(2_001_000)
			require.Zero(t, after.Flags)
			require.EqualValues(t, 2000, after.EnergyMJ)
			require.EqualValues(t, 2000, after.PowerMW)
		})
	}
}

// Law: over any increments smaller than half the range, the total is their sum.
func TestTotalIsTheSumOfIncrements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rangeUJ := rapid.Uint64Range(1000, 1<<40).Draw(t, "range")
		at := rapid.Uint64Range(0, rangeUJ-1).Draw(t, "start")
		var total, want uint64
		for range rapid.IntRange(1, 50).Draw(t, "readings") {
			step := rapid.Uint64Range(0, rangeUJ/2-2).Draw(t, "step")
			now := (at + step) % rangeUJ
			got, ok := advance(at, now, rangeUJ)
			if !ok {
				// A large step over the edge looks like a reset; a step under a
				// quarter of the range never does.
				require.GreaterOrEqual(t, step, rangeUJ/4)
				got = step
			}
			total, want, at = total+got, want+step, now
		}
		require.Equal(t, want, total)
	})
}

func FuzzParseUint(f *testing.F) {
	for _, s := range []string{"0", "18446744073709551615\n", "-1", "", "12 3", "0x10"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := parseUint(raw)
		if err != nil {
			return
		}
		again, err := parseUint([]byte(strconv.FormatUint(v, 10)))
		require.NoError(t, err)
		require.Equal(t, v, again)
	})
}
