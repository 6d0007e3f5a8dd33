package pace

import (
	"time"

	"golang.org/x/sys/unix"
)

// exact blocks the thread in the kernel; an interrupted sleep is resumed by the
// caller, which looks at the time.
func exact(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil)
}
