package offset

import "sort"

// Model is the offset of one host over a run: its estimates by HostNS.
type Model []Estimate

// At is how far the host is ahead at a moment of its own time, and the bound of the
// error: straight between the estimates on both sides, the nearest one outside. An
// empty model knows nothing and returns zeros.
func (m Model) At(hostNS int64) (offsetNS, errorNS int64) {
	if len(m) == 0 {
		return 0, 0
	}
	i := sort.Search(len(m), func(i int) bool { return m[i].HostNS >= hostNS })
	switch {
	case i == 0:
		return m[0].OffsetNS, m[0].ErrorNS + drifted(m[0].HostNS-hostNS)
	case i == len(m):
		last := m[i-1]
		return last.OffsetNS, last.ErrorNS + drifted(hostNS-last.HostNS)
	}
	a, b := m[i-1], m[i]
	span := b.HostNS - a.HostNS
	part := float64(hostNS-a.HostNS) / float64(span)
	between := func(x, y int64) int64 { return x + int64(part*float64(y-x)) }
	// An offset that runs at the bound to one side and back is farthest from the
	// straight line: 2·bound·part·(1-part) of the span.
	away := int64(2 * part * (1 - part) * float64(span))
	return between(a.OffsetNS, b.OffsetNS), between(a.ErrorNS, b.ErrorNS) + drifted(away) + 2
}

// DriftPPM is the mean drift from the first estimate to the last, in parts per
// million; 0 for fewer than two.
func (m Model) DriftPPM() float64 {
	if len(m) < 2 || m[len(m)-1].HostNS <= m[0].HostNS {
		return 0
	}
	first, last := m[0], m[len(m)-1]
	return 1e6 * float64(last.OffsetNS-first.OffsetNS) / float64(last.HostNS-first.HostNS)
}
