// Package pace sleeps more exactly than the runtime's timers, which wake up to a
// millisecond late, and still ends with a context. It promises not to return
// early, and does not spin.
package pace

import (
	"context"
	"time"
)

// coarse is what is left to the kernel: more than the runtime's lateness, and
// short enough that nobody minds that it cannot be called off.
const coarse = 1500 * time.Microsecond

// Sleep waits ns nanoseconds and reports whether ctx lasted that long.
func Sleep(ctx context.Context, ns int64) bool {
	end := time.Now().Add(time.Duration(ns))
	if rough := time.Duration(ns) - coarse; rough > 0 {
		timer := time.NewTimer(rough)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return false
		}
	}
	for left := time.Until(end); left > 0; left = time.Until(end) {
		exact(left)
	}
	return ctx.Err() == nil
}
