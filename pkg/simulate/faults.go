package simulate

import (
	"fmt"
	"slices"
	"time"
)

// Kinds of faults. The first group hits requests, the second devices.
const (
	// FaultHTTP500: refused with an engine error, nothing computed.
	FaultHTTP500 = "http_500"
	// FaultSlow: held back for Delay before it is queued.
	FaultSlow = "slow"
	// FaultBrokenStream: the connection is cut in the middle of a chunk, half way.
	FaultBrokenStream = "broken_stream"
	// FaultEmpty: the sequence ends at once, without text.
	FaultEmpty = "empty_completion"
	// FaultErrorInStream: status 200, then an error event half way.
	FaultErrorInStream = "error_in_stream"
	// FaultNoUsage: usage is left out although asked for.
	FaultNoUsage = "usage_missing"

	// FaultCounterReset: the counter starts again at 0.
	FaultCounterReset = "counter_reset"
	// FaultCounterFrozen: the counter stays where it is.
	FaultCounterFrozen = "counter_frozen"
	// FaultDeviceLost: nothing can be read.
	FaultDeviceLost = "device_lost"
)

var (
	requestFaults = []string{FaultHTTP500, FaultSlow, FaultBrokenStream, FaultEmpty, FaultErrorInStream, FaultNoUsage}
	deviceFaults  = []string{FaultCounterReset, FaultCounterFrozen, FaultDeviceLost}
)

// Fault is something that goes wrong on demand.
type Fault struct {
	Kind string `json:"kind"`
	// Every hits each n-th request from now on, 0 or 1 all; Count ends it after
	// so many, 0 does not.
	Every int `json:"every,omitempty"`
	Count int `json:"count,omitempty"`
	// DelayMS is how long FaultSlow holds a request; 0 is two seconds.
	DelayMS int64 `json:"delay_ms,omitempty"`
	// Device is the id of the one concerned; empty is all.
	Device string `json:"device,omitempty"`
}

func (f Fault) delay() time.Duration {
	if f.DelayMS > 0 {
		return time.Duration(f.DelayMS) * time.Millisecond
	}
	return 2 * time.Second
}

// faults are the present ones and how often they have struck.
type faults struct {
	list []Fault
	seen []int
	hits []int
}

// SetFaults replaces the present faults; none heals everything but a counter
// that was reset. It returns ErrFault and changes nothing when one is unknown.
func (s *Simulator) SetFaults(list ...Fault) error {
	ids := make([]string, len(s.cfg.Devices))
	for i, d := range s.cfg.Devices {
		ids[i] = d.ID
	}
	for _, f := range list {
		switch {
		case slices.Contains(requestFaults, f.Kind):
		case !slices.Contains(deviceFaults, f.Kind):
			return fmt.Errorf("%w: kind %q is none of %v, %v", ErrFault, f.Kind, requestFaults, deviceFaults)
		case f.Device != "" && !slices.Contains(ids, f.Device):
			return fmt.Errorf("%w: device %q is none of %v", ErrFault, f.Device, ids)
		}
		if f.Every < 0 || f.Count < 0 || f.DelayMS < 0 {
			return fmt.Errorf("%w: every, count and delay_ms of %s: negative", ErrFault, f.Kind)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = &faults{list: slices.Clone(list), seen: make([]int, len(list)), hits: make([]int, len(list))}
	s.sensors.heal()
	now := s.now()
	for _, f := range list {
		for i, id := range ids {
			if f.Device == "" || f.Device == id {
				s.sensors.strike(i, f.Kind, now)
			}
		}
	}
	return nil
}

// Faults are the present ones.
func (s *Simulator) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults.list)
}

// requestFault is what befalls the request that has just arrived; its Kind is
// empty when nothing does.
func (s *Simulator) requestFault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults.list {
		if !slices.Contains(requestFaults, f.Kind) {
			continue
		}
		s.faults.seen[i]++
		if s.faults.seen[i]%max(1, f.Every) != 0 || f.Count > 0 && s.faults.hits[i] >= f.Count {
			continue
		}
		s.faults.hits[i]++
		return f
	}
	return Fault{}
}

func (s *sensors) heal() {
	for i := range s.devices {
		s.devices[i].lost, s.devices[i].frozen = false, nil
	}
}

func (s *sensors) strike(i int, kind string, now int64) {
	d := &s.devices[i]
	switch kind {
	case FaultCounterReset:
		d.resetFrom = s.trueMJ(now)
	case FaultCounterFrozen:
		d.frozen = new(s.counter(i, now))
	case FaultDeviceLost:
		d.lost = true
	}
}
