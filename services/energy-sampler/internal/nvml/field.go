//go:build cgo

package nvml

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// stampTolerance is how far a field's timestamp may lie from our own clock and
// still be taken for a wall time.
const stampTolerance = 10 * time.Second

// plausible reports whether µs since 1970 could be the time of a reading made at nowNS.
func plausible(us, nowNS int64) bool {
	// Both sides in µs: a stamp in another unit would overflow as nanoseconds.
	d := us - nowNS/int64(time.Microsecond)
	return us > 0 && d < stampTolerance.Microseconds() && d > -stampTolerance.Microseconds()
}

// decode reads the union of a field that came back with SUCCESS.
func decode(v nvml.FieldValue) (int64, error) {
	out, err := decodeValue(nvml.ValueType(v.ValueType), v.Value)
	if err != nil {
		return 0, fmt.Errorf("field %d: %w", v.FieldId, err)
	}
	return out, nil
}

// decodeValue reads a union. Energy and power are never negative, so neither is
// the result.
func decodeValue(kind nvml.ValueType, value [8]byte) (int64, error) {
	raw := binary.NativeEndian.Uint64(value[:])
	var out int64
	switch kind {
	case nvml.VALUE_TYPE_UNSIGNED_INT:
		out = int64(binary.NativeEndian.Uint32(value[:4]))
	case nvml.VALUE_TYPE_SIGNED_INT:
		out = int64(int32(binary.NativeEndian.Uint32(value[:4])))
	case nvml.VALUE_TYPE_UNSIGNED_SHORT:
		out = int64(binary.NativeEndian.Uint16(value[:2]))
	case nvml.VALUE_TYPE_UNSIGNED_LONG, nvml.VALUE_TYPE_UNSIGNED_LONG_LONG:
		if raw > math.MaxInt64 {
			return 0, fmt.Errorf("%d does not fit", raw)
		}
		out = int64(raw)
	case nvml.VALUE_TYPE_SIGNED_LONG_LONG:
		out = int64(raw)
	case nvml.VALUE_TYPE_DOUBLE:
		f := math.Float64frombits(raw)
		if !(f >= 0 && f < math.MaxInt64) {
			return 0, fmt.Errorf("%g is not a reading", f)
		}
		out = int64(math.Round(f))
	default:
		return 0, fmt.Errorf("value type %d is not known", kind)
	}
	if out < 0 {
		return 0, fmt.Errorf("%d is negative", out)
	}
	return out, nil
}
