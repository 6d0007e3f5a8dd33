package loading

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// alarm sleeps to some 50 µs by a timerfd that Go's poller watches. Go's own
// timers are only good to a millisecond when the process is idle, because the
// poller is asked to wait in whole milliseconds.
type alarm struct {
	fd      int
	file    *os.File
	release func() bool
}

// newAlarm makes an alarm that the end of ctx wakes.
func newAlarm(ctx context.Context) (*alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("timer: %w", err)
	}
	file := os.NewFile(uintptr(fd), "timer")
	release := context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Unix(1, 0)) })
	return &alarm{fd, file, release}, nil
}

// sleep returns after d; false when ctx has ended.
func (a *alarm) sleep(d time.Duration) bool {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if err := unix.TimerfdSettime(a.fd, 0, &spec, nil); err != nil {
		return false
	}
	var expirations [8]byte
	_, err := a.file.Read(expirations[:])
	return err == nil
}

func (a *alarm) close() {
	a.release()
	_ = a.file.Close()
}
