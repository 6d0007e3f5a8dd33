package tick

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// finalStretch is slept in the kernel: the runtime rounds a timer to a
// millisecond, the kernel's high-resolution one wakes within about 60 µs. A
// sleep in the kernel cannot be cancelled, so it is kept short.
const finalStretch = 20 * time.Millisecond

// NewSleeper is the most exact sleeper of this system for CLOCK_MONOTONIC. now
// reads that clock.
func NewSleeper(now func() int64) Sleeper { return kernel{Timers{now}} }

type kernel struct{ timers Timers }

// Until implements Sleeper.
func (k kernel) Until(ctx context.Context, untilMonoNS int64) bool {
	if untilMonoNS-k.timers.Now() > int64(finalStretch) &&
		!k.timers.Until(ctx, untilMonoNS-int64(finalStretch)/2) {
		return false
	}
	until := unix.NsecToTimespec(untilMonoNS)
	for {
		err := unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &until, nil)
		if !errors.Is(err, unix.EINTR) {
			return ctx.Err() == nil
		}
	}
}
