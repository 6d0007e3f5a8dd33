//go:build cgo

package nvml

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/stretchr/testify/require"
)

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
