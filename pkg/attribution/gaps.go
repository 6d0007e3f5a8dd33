package attribution

import (
	"cmp"
	"slices"
)

// interval is [from, to).
type interval struct{ from, to int64 }

// declaredGaps are the gaps that a sampler told of, in order of time once sorted.
type declaredGaps struct {
	all    []interval
	sorted bool
}

func (g *declaredGaps) add(from, to int64) {
	g.all = append(g.all, interval{from, to})
	g.sorted = false
}

// touch says whether a declared gap takes part of (from, to). Calls go forward
// in time, so that gaps before from can be forgotten.
func (g *declaredGaps) touch(from, to int64) bool {
	if len(g.all) == 0 {
		return false
	}
	if !g.sorted {
		slices.SortFunc(g.all, func(a, b interval) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
		})
		g.sorted = true
	}
	for len(g.all) > 0 && g.all[0].to <= from {
		g.all = g.all[1:]
	}
	for _, gap := range g.all {
		if gap.from >= to {
			return false
		}
		if gap.to > from {
			return true
		}
	}
	return false
}
