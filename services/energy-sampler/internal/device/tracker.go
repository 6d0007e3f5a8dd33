package device

import "time"

// FrozenAfter is how long a value may stand still before that is a fact about
// the sensor. Counters are known to move every 10 to 100 ms.
const FrozenAfter = 2 * time.Second

// Tracker follows one value of one device: it tells a repeated reading from a
// new one, and notices when it goes backwards or no longer moves.
type Tracker struct {
	// Counter: the value only grows, and standing still is a fault even under a
	// fresh timestamp.
	Counter bool

	seen        bool
	value, atNS int64
	movedNS     int64
}

// Take accepts a reading with the sensor's time and our own. fresh is false when
// it is the same reading as before. The returned time never goes backwards.
func (t *Tracker) Take(value, atNS, nowNS int64) (at int64, fresh bool, flags Flags) {
	fresh = !t.seen || value != t.value || atNS != t.atNS
	moved := !t.seen || value != t.value || (!t.Counter && atNS != t.atNS)
	if t.Counter && t.seen && value < t.value {
		flags |= CounterReset
	}
	if fresh && t.seen && atNS <= t.atNS {
		// A new value under an old time: the stamp says nothing about it.
		atNS = max(nowNS, t.atNS)
		flags |= CallTime
	}
	if moved {
		t.movedNS = nowNS
	} else if nowNS-t.movedNS >= int64(FrozenAfter) {
		flags |= t.standing()
	}
	t.seen, t.value, t.atNS = true, value, atNS
	return atNS, fresh, flags
}

func (t *Tracker) standing() Flags {
	if t.Counter {
		return CounterFrozen
	}
	return SensorFrozen
}
