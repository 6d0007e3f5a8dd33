package tick

import (
	"context"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// The rates that a loop can keep.
const (
	MinHz = 1
	MaxHz = 1000
)

// Tick is one call's place in time.
type Tick struct {
	// At is when the call began.
	At event.Stamp
	// Late is how long after it was due; Missed how many ticks were skipped
	// before it.
	Late   time.Duration
	Missed int64
}

// Loop runs at a rate. Clock and Sleeper are set once, before Run.
type Loop struct {
	Clock   clock.Clock
	Sleeper Sleeper
	Every   time.Duration
	// Lateness records every call; it may be nil.
	Lateness *Lateness
}

// Interval is the time between two ticks at a rate, and an error for a rate
// outside MinHz to MaxHz.
func Interval(hz float64) (time.Duration, error) {
	if !(hz >= MinHz && hz <= MaxHz) {
		return 0, fmt.Errorf("rate %g Hz is not between %d and %d", hz, MinHz, MaxHz)
	}
	return time.Duration(float64(time.Second) / hz), nil
}

// Run calls fn at once and then at every tick until ctx ends. It returns nil:
// its end is asked for.
func (l Loop) Run(ctx context.Context, fn func(Tick)) {
	begin := l.Clock.Now().MonoNS
	for n := int64(0); ; n++ {
		due := begin + n*int64(l.Every)
		if !l.Sleeper.Until(ctx, due) {
			return
		}
		at := l.Clock.Now()
		late := max(0, at.MonoNS-due)
		t := Tick{At: at, Late: time.Duration(late), Missed: late / int64(l.Every)}
		if l.Lateness != nil {
			l.Lateness.add(t)
		}
		fn(t)
		n += t.Missed
	}
}
