//go:build cgo

package nvml

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// frozenAfter is how long a value may stand still before that is a fact about
// the sensor. Counters are known to move every 10 to 100 ms.
const frozenAfter = 2 * time.Second

// tracker follows one value of one device: it tells a repeated reading from a
// new one, and notices when it goes backwards or no longer moves.
type tracker struct {
	// counter: the value only grows, and standing still is a fault even under a
	// fresh timestamp.
	counter bool

	seen        bool
	value, atNS int64
	movedNS     int64
}

// take accepts a reading with the sensor's time and our own. fresh is false when
// it is the same reading as before. The returned time never goes backwards.
func (t *tracker) take(value, atNS, nowNS int64) (at int64, fresh bool, flags device.Flags) {
	fresh = !t.seen || value != t.value || atNS != t.atNS
	moved := !t.seen || value != t.value || (!t.counter && atNS != t.atNS)
	if t.counter && t.seen && value < t.value {
		flags |= device.CounterReset
	}
	if fresh && t.seen && atNS <= t.atNS {
		// A new value under an old time: the stamp says nothing about it.
		atNS = max(nowNS, t.atNS)
		flags |= device.CallTime
	}
	if moved {
		t.movedNS = nowNS
	} else if nowNS-t.movedNS >= int64(frozenAfter) {
		flags |= t.standing()
	}
	t.seen, t.value, t.atNS = true, value, atNS
	return atNS, fresh, flags
}

func (t *tracker) standing() device.Flags {
	if t.counter {
		return device.CounterFrozen
	}
	return device.SensorFrozen
}
