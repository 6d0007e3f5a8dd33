package clock

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Clock is a host's pair of clocks.
type Clock interface {
	// Now reads both clocks.
	Now() event.Stamp
	// Host says whose clocks they are.
	Host() event.Clock
}

// System is this machine's clock. The host token is the host name unless host
// is given.
func System(host string) Clock {
	if host == "" {
		host, _ = os.Hostname()
	}
	return system{event.Clock{Host: event.Token(host), BootID: bootID()}}
}

type system struct{ host event.Clock }

func (s system) Host() event.Clock { return s.host }

// Now reads the monotonic clock on both sides of the wall clock and takes the
// middle, so that a preemption between the two reads costs half its length.
func (system) Now() event.Stamp {
	before := mono()
	wall := time.Now().UnixNano()
	after := mono()
	return event.Stamp{WallNS: wall, MonoNS: before + (after-before)/2}
}

// mono is CLOCK_MONOTONIC: Go hides its own monotonic reading, and another
// process of this host must be able to compare.
func mono() int64 {
	var ts unix.Timespec
	// ClockGettime fails only for an unknown clock id.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return ts.Nano()
}

// bootID is the kernel's, or random where there is none: stamps of two processes
// are then never taken for one clock.
func bootID() string {
	if raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id"); err == nil {
		return strings.TrimSpace(string(raw))
	}
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
