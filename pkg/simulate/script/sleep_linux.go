package script

import (
	"time"

	"golang.org/x/sys/unix"
)

// exactSleep takes the kernel's usual 50 µs of slack off this thread's sleeps.
func exactSleep() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) }

// sleep blocks the thread; cut short by a signal, the caller looks again.
func sleep(d time.Duration) {
	ts := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&ts, nil)
}
