package result

import (
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// flagClockUnknown marks figures whose attempt was timed by a clock of which
// nobody knows how far it is from the devices'.
const flagClockUnknown = "clock_unknown"

// clocks bring the wall time of every host to the reference's, the common time of
// the join.
type clocks struct {
	reference string
	hosts     map[string]hostClock
}

type hostClock struct {
	same      bool
	estimates []*event.ClockOffset // by time
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
		h := hostClock{same: host == c.reference || boot != "" && boot == r.Boots[c.reference]}
		for _, o := range r.Offsets[host] {
			if o.Reference == c.reference && !h.same {
				h.estimates = append(h.estimates, o)
			}
		}
		c.hosts[host] = h
	}
	return c
}

// known says whether a host's times can be compared with the reference's.
func (c clocks) known(host string) bool {
	h := c.hosts[host]
	return c.reference == "" || h.same || len(h.estimates) > 0
}

// at is how far a host is ahead of the reference at a moment of its own time, and
// the bound of the error: straight between the estimates on both sides.
func (c clocks) at(host string, ns int64) (offsetNS, errorNS int64) {
	estimates := c.hosts[host].estimates
	if len(estimates) == 0 {
		return 0, 0
	}
	i, _ := slices.BinarySearchFunc(estimates, ns, func(o *event.ClockOffset, ns int64) int {
		return int(max(min(o.AtNS+o.OffsetNS-ns, 1), -1))
	})
	if i == 0 {
		return estimates[0].OffsetNS, estimates[0].ErrorNS
	}
	before := estimates[i-1]
	if i == len(estimates) {
		return before.OffsetNS, before.ErrorNS
	}
	after := estimates[i]
	part := float64(ns-before.AtNS-before.OffsetNS) / float64(max(after.AtNS+after.OffsetNS-before.AtNS-before.OffsetNS, 1))
	return before.OffsetNS + int64(part*float64(after.OffsetNS-before.OffsetNS)), max(before.ErrorNS, after.ErrorNS)
}

// common is a host's moment in the reference's time.
func (c clocks) common(host string, ns int64) int64 {
	offset, _ := c.at(host, ns)
	return ns - offset
}

// states say what was applied: the estimate in the middle, the worst error.
func (c clocks) states() []event.ClockState {
	out := make([]event.ClockState, 0, len(c.hosts))
	for _, host := range slices.Sorted(maps.Keys(c.hosts)) {
		h := c.hosts[host]
		state := event.ClockState{Host: host, Reference: c.reference, SameHost: h.same}
		if n := len(h.estimates); n > 0 {
			state.OffsetNS = h.estimates[n/2].OffsetNS
			for _, o := range h.estimates {
				state.ErrorNS = max(state.ErrorNS, o.ErrorNS)
			}
		}
		out = append(out, state)
	}
	return out
}
