package tick

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

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
	file := os.NewFile(uintptr(fd), "timerfd")
	polled, err := file.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("create a timer: %w", err)
	}
	return &kernel{fd: uintptr(fd), file: file, polled: polled, unwatch: func() bool { return true }}, nil
}

type kernel struct {
	fd     uintptr
	file   *os.File
	polled syscall.RawConn
	// watched is the context whose end wakes the reader: the same at every tick,
	// so it is registered once.
	watched context.Context
	unwatch func() bool
}

// Until implements Sleeper. Its two calls never block, so they go to the kernel
// directly: told of a system call, the runtime wakes the thread that watches
// over those, which costs as much as the tick itself.
func (k *kernel) Until(ctx context.Context, untilMonoNS int64) bool {
	if ctx.Err() != nil {
		return false
	}
	if ctx != k.watched {
		k.unwatch()
		k.watched, k.unwatch = ctx, context.AfterFunc(ctx, func() { _ = k.file.SetReadDeadline(time.Unix(1, 0)) })
	}
	// A zero value would switch the timer off.
	value := unix.ItimerSpec{Value: unix.NsecToTimespec(max(1, untilMonoNS))}
	_, _, code := syscall.RawSyscall6(unix.SYS_TIMERFD_SETTIME, k.fd, unix.TFD_TIMER_ABSTIME, uintptr(unsafe.Pointer(&value)), 0, 0, 0)
	if code != 0 {
		return false
	}
	var expirations [8]byte
	err := k.polled.Read(func(fd uintptr) bool {
		_, _, code = syscall.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&expirations)), uintptr(len(expirations)))
		return code != unix.EAGAIN
	})
	return err == nil && code == 0 && ctx.Err() == nil
}

// Close implements Sleeper.
func (k *kernel) Close() error {
	k.unwatch()
	return k.file.Close()
}
