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

// decode reads the union of a field that came back with SUCCESS. Energy and
// power are never negative, so neither is the result.
func decode(v nvml.FieldValue) (int64, error) {
	raw := binary.NativeEndian.Uint64(v.Value[:])
	var out int64
	switch nvml.ValueType(v.ValueType) {
	case nvml.VALUE_TYPE_UNSIGNED_INT:
		out = int64(binary.NativeEndian.Uint32(v.Value[:4]))
	case nvml.VALUE_TYPE_SIGNED_INT:
		out = int64(int32(binary.NativeEndian.Uint32(v.Value[:4])))
	case nvml.VALUE_TYPE_UNSIGNED_SHORT:
		out = int64(binary.NativeEndian.Uint16(v.Value[:2]))
	case nvml.VALUE_TYPE_UNSIGNED_LONG, nvml.VALUE_TYPE_UNSIGNED_LONG_LONG:
		if raw > math.MaxInt64 {
			return 0, fmt.Errorf("field %d: %d does not fit", v.FieldId, raw)
		}
		out = int64(raw)
	case nvml.VALUE_TYPE_SIGNED_LONG_LONG:
		out = int64(raw)
	case nvml.VALUE_TYPE_DOUBLE:
		f := math.Float64frombits(raw)
		if !(f >= 0 && f < math.MaxInt64) {
			return 0, fmt.Errorf("field %d: %g is not a reading", v.FieldId, f)
		}
		out = int64(math.Round(f))
	default:
		return 0, fmt.Errorf("field %d: value type %d is not known", v.FieldId, v.ValueType)
	}
	if out < 0 {
		return 0, fmt.Errorf("field %d: %d is negative", v.FieldId, out)
	}
	return out, nil
}
