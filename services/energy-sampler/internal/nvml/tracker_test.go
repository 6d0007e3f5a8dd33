//go:build cgo

package nvml

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Laws: whatever a sensor says, the times that come out never go backwards, a
// repeated reading is not fresh, and a counter that went back is flagged.
func TestTracker(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := tracker{counter: rapid.Bool().Draw(t, "counter")}
		var last int64 = math.MinInt64
		value, stamp, now := int64(-1), int64(-1), int64(0)
		for range rapid.IntRange(1, 40).Draw(t, "readings") {
			now += rapid.Int64Range(1, int64(time.Second)).Draw(t, "dt")
			nextValue := rapid.Int64Range(0, 3).Draw(t, "value")
			nextStamp := now - rapid.Int64Range(0, int64(2*time.Second)).Draw(t, "age")
			at, fresh, flags := tr.take(nextValue, nextStamp, now)
			if fresh {
				require.GreaterOrEqual(t, at, last)
				last = at
			}
			back := tr.counter && value >= 0 && nextValue < value
			require.Equal(t, back, flags&device.CounterReset != 0)
			if value == nextValue && stamp == nextStamp {
				require.False(t, fresh)
			}
			value, stamp = nextValue, at
		}
	})
}

func TestStandingStill(t *testing.T) {
	sec := int64(time.Second)
	counter, power := tracker{counter: true}, tracker{}
	for now := int64(1); now < 5*sec; now += sec / 10 {
		_, _, flags := counter.take(500, now, now)
		require.Equal(t, now > 2*sec, flags&device.CounterFrozen != 0)
		// A constant power under a fresh stamp is a constant power.
		_, fresh, flags := power.take(500, now, now)
		require.True(t, fresh)
		require.Zero(t, flags)
	}
	_, _, flags := counter.take(501, 5*sec, 5*sec)
	require.Zero(t, flags)
}

func field(kind nvml.ValueType, raw uint64) nvml.FieldValue {
	v := nvml.FieldValue{FieldId: 186, ValueType: uint32(kind)}
	binary.NativeEndian.PutUint64(v.Value[:], raw)
	return v
}

func TestDecode(t *testing.T) {
	f := func(want int64, kind nvml.ValueType, raw uint64) {
		t.Helper()
		got, err := decode(field(kind, raw))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	f(7, nvml.VALUE_TYPE_UNSIGNED_INT, 7|0xdead<<32)
	f(7, nvml.VALUE_TYPE_SIGNED_INT, 7)
	f(7, nvml.VALUE_TYPE_UNSIGNED_SHORT, 7|0xdead<<16)
	f(1<<40, nvml.VALUE_TYPE_UNSIGNED_LONG_LONG, 1<<40)
	f(1<<40, nvml.VALUE_TYPE_UNSIGNED_LONG, 1<<40)
	f(1<<40, nvml.VALUE_TYPE_SIGNED_LONG_LONG, 1<<40)
	f(413, nvml.VALUE_TYPE_DOUBLE, math.Float64bits(412.6))
}

func FuzzDecode(f *testing.F) {
	f.Add(uint32(nvml.VALUE_TYPE_DOUBLE), math.Float64bits(math.NaN()))
	f.Add(uint32(nvml.VALUE_TYPE_DOUBLE), math.Float64bits(-1))
	f.Add(uint32(nvml.VALUE_TYPE_SIGNED_INT), uint64(math.MaxUint64))
	f.Add(uint32(nvml.VALUE_TYPE_UNSIGNED_LONG_LONG), uint64(math.MaxUint64))
	f.Add(uint32(99), uint64(1))
	f.Fuzz(func(t *testing.T, kind uint32, raw uint64) {
		v, err := decode(field(nvml.ValueType(kind), raw))
		require.True(t, err != nil || v >= 0)
	})
}

func TestPlausible(t *testing.T) {
	now := time.Now().UnixNano()
	require.True(t, plausible(now/1000, now))
	require.True(t, plausible(now/1000-9e6, now))
	require.False(t, plausible(0, now))
	require.False(t, plausible(now, now), "nanoseconds where µs are due")
	require.False(t, plausible(now/1e6, now), "milliseconds")
	require.False(t, plausible(math.MaxInt64, now))
	require.False(t, plausible(math.MinInt64, now))
}
