package offset

// DriftPPM bounds how fast two hosts' clocks may drift apart, in parts per million:
// two crystals of at most 100 each (common oscillators state 20 to 50, and NTP's
// discipline usually stays below 100).
const DriftPPM = 200

// Exchange is one round trip in wall nanoseconds: the host asks at AskedNS and has
// the answer at HeardNS by its own clock; the reference gets the question at
// ReceivedNS and answers at AnsweredNS by its own.
type Exchange struct {
	AskedNS, ReceivedNS, AnsweredNS, HeardNS int64
	// HostZeroNS and ReferenceZeroNS are the wall times at which both monotonic clocks
	// were zero, as the wall clocks stood then.
	HostZeroNS, ReferenceZeroNS int64
}

// TripNS is the time on the way, both ways together.
func (e Exchange) TripNS() int64 {
	return max(0, (e.HeardNS-e.AskedNS)-(e.AnsweredNS-e.ReceivedNS))
}

// Estimate is how far a host is ahead of the reference at a moment of the host's
// time, with the bound of the error.
type Estimate struct {
	HostNS, OffsetNS, ErrorNS int64
}

// Estimate is the midpoint of what the exchange allows. What the clocks may drift
// apart while it lasts is in its error.
func (e Exchange) Estimate() Estimate {
	lasted := max(0, e.HeardNS-e.AskedNS)
	return Estimate{
		HostNS:   e.AskedNS + lasted/2,
		OffsetNS: ((e.AskedNS - e.ReceivedNS) + (e.HeardNS - e.AnsweredNS)) / 2,
		ErrorNS:  (e.TripNS()+1)/2 + drifted(lasted) + 1,
	}
}

// Quickest is the exchange with the shortest time on the way; false without any.
func Quickest(all []Exchange) (best Exchange, ok bool) {
	for i, e := range all {
		if i == 0 || e.TripNS() < best.TripNS() {
			best, ok = e, true
		}
	}
	return best, ok
}

// drifted is the most that two clocks move apart in a time, rounded up.
func drifted(ns int64) int64 { return (ns/1000*DriftPPM + 999) / 1000 }
