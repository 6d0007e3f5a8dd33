package tick

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// NewSleeper is the most exact sleeper of this system for CLOCK_MONOTONIC, which
// now reads: a kernel timer that the runtime's poller waits for. The runtime's
// own timers wake up to a millisecond late, and a thread that sleeps in the
// kernel can be cancelled by nobody.
func NewSleeper(func() int64) (Sleeper, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create a timer: %w", err)
	}
	return &kernel{fd: fd, file: os.NewFile(uintptr(fd), "timerfd"), unwatch: func() bool { return true }}, nil
}

type kernel struct {
	fd   int
	file *os.File
	// watched is the context whose end wakes the reader: the same at every tick,
	// so it is registered once.
	watched context.Context
	unwatch func() bool
	// expirations is what a read of the timer gives; its value is not needed.
	expirations [8]byte
}

// Until implements Sleeper.
func (k *kernel) Until(ctx context.Context, untilMonoNS int64) bool {
	if ctx.Err() != nil {
		return false
	}
	// A zero value would switch the timer off.
	value := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, untilMonoNS))}
	if err := unix.TimerfdSettime(k.fd, unix.TFD_TIMER_ABSTIME, &value, nil); err != nil {
		return false
	}
	if ctx != k.watched {
		k.unwatch()
		k.watched, k.unwatch = ctx, context.AfterFunc(ctx, func() { _ = k.file.SetReadDeadline(time.Unix(1, 0)) })
	}
	_, err := k.file.Read(k.expirations[:])
	return err == nil && ctx.Err() == nil
}

// Close implements Sleeper.
func (k *kernel) Close() error {
	k.unwatch()
	return k.file.Close()
}
