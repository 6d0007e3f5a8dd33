package clock

import (
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Manual is a clock that moves only when told to, for tests. The zero value
// starts at the zero stamp on host "test".
type Manual struct {
	mu  sync.Mutex
	now event.Stamp
	// Skew is added to the wall part only, to play a host whose clock is off.
	Skew time.Duration
	// ID replaces the host when set.
	ID event.Clock
}

// NewManual starts a manual clock at the given wall time, an hour after boot.
func NewManual(wall time.Time) *Manual {
	return &Manual{now: event.Stamp{WallNS: wall.UnixNano(), MonoNS: int64(time.Hour)}}
}

// Now implements Clock.
func (m *Manual) Now() event.Stamp {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.now
	s.WallNS += int64(m.Skew)
	return s
}

// Host implements Clock.
func (m *Manual) Host() event.Clock {
	if m.ID != (event.Clock{}) {
		return m.ID
	}
	return event.Clock{Host: "test", BootID: "manual"}
}

// Advance moves both clocks forward.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now.WallNS += int64(d)
	m.now.MonoNS += int64(d)
}
