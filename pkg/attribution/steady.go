package attribution

import (
	"cmp"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Steady is the stretch of a run in which its load is what it mostly is.
type Steady struct {
	FromNS, ToNS int64
	// InFlight is the load: how many attempts are in flight at the median moment
	// between the first start and the last end.
	InFlight int
	// Requests is how many attempts lie wholly within.
	Requests int
}

// SteadyWindow finds the steady stretch: from the moment when as many first
// tokens have come as attempts are in flight at the median moment, so that the
// first wave of prompts is over, until the last moment with that many in
// flight, so that the tail is left out. ok is false when there is none, as for
// a run that is over before its first wave is.
//
// What a steady second or token costs is the result of an engine that is closed
// over [FromNS, ToNS].
func SteadyWindow(requests []Request) (s Steady, ok bool) {
	type change struct {
		ns int64
		by int
	}
	changes := make([]change, 0, 2*len(requests))
	var firsts []int64
	for _, r := range requests {
		if r.EndNS <= r.StartNS {
			continue
		}
		changes = append(changes, change{r.StartNS, 1}, change{r.EndNS, -1})
		if r.FirstTokenNS != event.Missing {
			firsts = append(firsts, r.FirstTokenNS)
		}
	}
	if len(changes) == 0 {
		return s, false
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.ns, b.ns), cmp.Compare(a.by, b.by)) })
	slices.Sort(firsts)

	lasted := map[int]int64{} // nanoseconds by number in flight
	n := 0
	for i, c := range changes {
		if n += c.by; i+1 < len(changes) {
			lasted[n] += changes[i+1].ns - c.ns
		}
	}
	s.InFlight = medianOf(lasted, changes[len(changes)-1].ns-changes[0].ns)
	if s.InFlight == 0 || len(firsts) < s.InFlight {
		return s, false
	}
	s.FromNS = firsts[s.InFlight-1]
	n = 0
	for _, c := range changes {
		if n >= s.InFlight {
			s.ToNS = c.ns
		}
		n += c.by
	}
	for _, r := range requests {
		if r.EndNS > r.StartNS && r.StartNS >= s.FromNS && r.EndNS <= s.ToNS {
			s.Requests++
		}
	}
	return s, s.ToNS > s.FromNS
}

// medianOf is the level up to which half of all time was spent.
func medianOf(lasted map[int]int64, all int64) int {
	levels := make([]int, 0, len(lasted))
	for level := range lasted {
		levels = append(levels, level)
	}
	slices.Sort(levels)
	var sum int64
	for _, level := range levels {
		if sum += lasted[level]; 2*sum >= all {
			return level
		}
	}
	return 0
}
