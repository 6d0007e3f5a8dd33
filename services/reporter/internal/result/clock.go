package result

import (
	"cmp"
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock/offset"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

const (
	// flagClockUnknown marks figures whose attempt was timed by a clock of which
	// nobody knows how far it is from the devices'.
	flagClockUnknown = "clock_unknown"
	// flagClockStepped marks an attempt whose times of day are of a clock that was set
	// since the run began. Its durations and its energy go by the monotonic clock.
	flagClockStepped = "clock_stepped"
)

// clocks bring the wall time of every host to the reference's, the common time of
// the join.
type clocks struct {
	reference string
	hosts     map[string]hostClock
}

type hostClock struct {
	same      bool
	estimates offset.Model
	steppedNS int64
}

// newClocks takes as reference the host that offsets were estimated against, else
// the first measuring host. Clocks of one boot are one clock, in containers too.
func newClocks(r *collect.Run) clocks {
	c := clocks{hosts: map[string]hostClock{}}
	for _, host := range slices.Sorted(maps.Keys(r.Offsets)) {
		for _, o := range r.Offsets[host] {
			if c.reference == "" || o.Reference < c.reference {
				c.reference = o.Reference
			}
		}
	}
	if c.reference == "" && len(r.Hosts) > 0 {
		c.reference = slices.Min(slices.Collect(maps.Keys(r.Hosts)))
	}
	for host, boot := range r.Boots {
		h := hostClock{same: host == c.reference || boot != "" && boot == r.Boots[c.reference], steppedNS: r.SteppedNS(boot)}
		for _, o := range r.Offsets[host] {
			if o.Reference == c.reference && !h.same {
				h.estimates = append(h.estimates, estimate(r, o))
			}
		}
		slices.SortStableFunc(h.estimates, func(a, b offset.Estimate) int { return cmp.Compare(a.HostNS, b.HostNS) })
		c.hosts[host] = h
	}
	return c
}

// estimate is one in the times that the record is read in, which no setting of a wall
// clock moves.
func estimate(r *collect.Run, o *event.ClockOffset) offset.Estimate {
	at := func(host string, wallNS, monoNS int64) int64 {
		return r.Wall(event.Clock{Host: host, BootID: r.Boots[host]}, event.Stamp{WallNS: wallNS, MonoNS: monoNS})
	}
	host := at(o.Host, o.AtNS+o.OffsetNS, o.HostMonoNS)
	return offset.Estimate{HostNS: host, OffsetNS: host - at(o.Reference, o.AtNS, o.ReferenceMonoNS), ErrorNS: o.ErrorNS}
}

// known says whether a host's times can be compared with the reference's.
func (c clocks) known(host string) bool {
	h := c.hosts[host]
	return c.reference == "" || h.same || len(h.estimates) > 0
}

// unknown are the hosts whose times cannot be.
func (c clocks) unknown() (hosts []string) {
	for host := range c.hosts {
		if !c.known(host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// at is how far a host is ahead of the reference at a moment of its own time, and
// the bound of the error.
func (c clocks) at(host string, ns int64) (offsetNS, errorNS int64) {
	return c.hosts[host].estimates.At(ns)
}

// common is a host's moment in the reference's time.
func (c clocks) common(host string, ns int64) int64 {
	ahead, _ := c.at(host, ns)
	return ns - ahead
}

// errorNS bounds how wrong the time between an attempt of a host and the readings of
// any measuring host may be: both were put into the reference's time. It is 0 where
// all have one clock.
func (c clocks) errorNS(host string, ns int64, measuring map[string]*event.HostDescribed) int64 {
	_, own := c.at(host, ns)
	others := int64(0)
	for other := range measuring {
		if other != host {
			// A host's own time is close enough to the common one to look its error up.
			_, e := c.at(other, c.common(host, ns))
			others = max(others, e)
		}
	}
	return own + others
}

// states say what was applied: the estimate in the middle, the worst error.
func (c clocks) states() []event.ClockState {
	out := make([]event.ClockState, 0, len(c.hosts))
	for _, host := range slices.Sorted(maps.Keys(c.hosts)) {
		h := c.hosts[host]
		state := event.ClockState{Host: host, Reference: c.reference, SameHost: h.same, SteppedNS: h.steppedNS}
		if n := len(h.estimates); n > 0 {
			state.OffsetNS = h.estimates[n/2].OffsetNS
			state.Estimates, state.DriftPPM = n, h.estimates.DriftPPM()
			for _, o := range h.estimates {
				state.ErrorNS = max(state.ErrorNS, o.ErrorNS)
			}
		}
		out = append(out, state)
	}
	return out
}
