package clock

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Skewed plays another machine on this one, for tests: its own host and boot, and
// clocks that are ahead of base by some time, from when it was made, and run fast by
// ppm parts per million (slow when negative).
func Skewed(base Clock, host event.Clock, ahead time.Duration, ppm float64) Clock {
	return skewed{base: base, host: host, from: base.Now(), ahead: int64(ahead), rate: ppm / 1e6}
}

type skewed struct {
	base  Clock
	host  event.Clock
	from  event.Stamp
	ahead int64
	rate  float64
}

// Host implements Clock.
func (s skewed) Host() event.Clock { return s.host }

// Now implements Clock.
func (s skewed) Now() event.Stamp {
	now := s.base.Now()
	ahead := s.ahead + int64(s.rate*float64(now.MonoNS-s.from.MonoNS))
	return event.Stamp{WallNS: now.WallNS + ahead, MonoNS: now.MonoNS + ahead}
}
