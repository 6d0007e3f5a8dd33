package offset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

const (
	// probes is how many round trips a burst has: queues and wake-ups make most of
	// them slower than the wire, and the quickest of a few is close to it.
	probes = 8
	// patience is how long one answer may take before it would be of no use.
	patience = 500 * time.Millisecond
)

// errNoAnswer is returned by a burst of which no probe was answered.
var errNoAnswer = errors.New("the reference does not answer")

// Track estimates how far this host is ahead of the reference while a run is on.
type Track struct {
	Clock     clock.Clock
	Reference string
	Ask       Ask
	// Every is between two bursts; 0 is five seconds.
	Every time.Duration
	Log   *slog.Logger
	// Publish takes each estimate.
	Publish func(*event.ClockOffset)
}

// Run publishes an estimate at once, at every interval, and once more when ctx
// ends, for which last is given. It returns at once on the reference itself and on
// a host of the same boot, where the offset is zero by construction.
func (t Track) Run(ctx, last context.Context) {
	if t.Reference == "" || t.Reference == t.Clock.Host().Host {
		return
	}
	for silent := false; ; {
		ending := ctx.Err() != nil
		estimate, same, err := t.burst(last)
		switch {
		case same:
			return
		case err == nil:
			silent = false
			t.Publish(estimate)
		case !silent:
			silent = true
			t.Log.Warn("the offset of this host's clock is not known now", "reference", t.Reference, "error", err)
		}
		if ending || last.Err() != nil {
			return
		}
		clock.Wait(ctx, cmp.Or(t.Every, 5*time.Second))
	}
}

// burst makes an estimate of the quickest of some round trips, or finds that both
// clocks are one.
func (t Track) burst(ctx context.Context) (estimate *event.ClockOffset, same bool, err error) {
	var all []Exchange
	var wrong error
	for range probes {
		within, cancel := context.WithTimeout(ctx, patience)
		e, by, err := Probe(within, t.Clock, t.Ask)
		cancel()
		switch {
		case err != nil:
			// A reference that is away answers none of the others either.
			wrong = err
		case by.BootID == t.Clock.Host().BootID:
			return nil, true, nil
		default:
			all = append(all, e)
		}
		if wrong != nil {
			break
		}
	}
	best, ok := Quickest(all)
	if !ok {
		return nil, false, fmt.Errorf("%w: %w", errNoAnswer, wrong)
	}
	got := best.Estimate()
	at := got.HostNS - got.OffsetNS
	return &event.ClockOffset{
		Host: t.Clock.Host().Host, Reference: t.Reference, AtNS: at,
		OffsetNS: got.OffsetNS, ErrorNS: got.ErrorNS, Samples: len(all),
		HostMonoNS: got.HostNS - best.HostZeroNS, ReferenceMonoNS: at - best.ReferenceZeroNS,
	}, false, nil
}

// Reference is the host whose clock a run's others are compared with: of those that
// measure, the first by name, so that every process of the run finds the same one
// without asking. It is empty without any.
func Reference[V any](measuring map[string]V) string {
	first := ""
	for host := range measuring {
		if first == "" || host < first {
			first = host
		}
	}
	return first
}
