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

// Now reads both clocks in one call of the runtime, which asks the kernel for
// neither: a system call at every tick would wake threads that cost more than
// the tick.
func (system) Now() event.Stamp {
	now := time.Now()
	return event.Stamp{WallNS: now.UnixNano(), MonoNS: origin.mono + int64(now.Sub(origin.at))}
}

// origin ties Go's monotonic clock, which is CLOCK_MONOTONIC without a zero, to
// the kernel's, so that another process of this host can compare.
var origin = findOrigin()

type anchor struct {
	at   time.Time
	mono int64
}

// findOrigin takes the narrowest of a few readings, for the rare one that is
// interrupted half way.
func findOrigin() anchor {
	var best anchor
	narrowest := time.Duration(1<<63 - 1)
	for range 10 {
		var ts unix.Timespec
		before := time.Now()
		// ClockGettime fails only for an unknown clock id.
		_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
		if width := time.Since(before); width < narrowest {
			narrowest = width
			best = anchor{before.Add(width / 2), ts.Nano()}
		}
	}
	return best
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
