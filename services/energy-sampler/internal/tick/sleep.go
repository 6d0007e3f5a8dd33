package tick

import (
	"context"
	"time"
)

// Sleeper waits for moments of the monotonic clock.
type Sleeper interface {
	// Until returns true at untilMonoNS, or at once when that is past, and false
	// when ctx ended first; the sleeper is not used after that.
	Until(ctx context.Context, untilMonoNS int64) bool
	Close() error
}

// Timers sleeps with the runtime's timers, which wake up to a millisecond late.
// now reads the monotonic clock in nanoseconds.
type Timers struct{ Now func() int64 }

// Until implements Sleeper.
func (s Timers) Until(ctx context.Context, untilMonoNS int64) bool {
	left := time.Duration(untilMonoNS - s.Now())
	if left <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Close implements Sleeper.
func (Timers) Close() error { return nil }
