package attribution

import "math"

// bound gives a share its interval. It is uncertain by
//   - its edges: energy may be misplaced in time by the resolution of the sensor
//     and by the clock, at the attempt's own mean power;
//   - the sensor's gain;
//   - gaps: what it would have got in them, once estimated, and wrong by as much
//     again, upwards only;
//   - the method. The fitted one knows how well it explains the run, and how far
//     a rival explanation would move the share; and where queues are guessed, what
//     a step of the batch costs who may have been served in it already, and what one
//     more or less costs the others. Where it does not know when tokens
//     came, or could not learn, it is as uncertain as the others, for which see
//     distance.
func (s *Share) bound(b bounds) {
	s.EnergyJ = s.DynamicJ + s.IdleJ
	s.MethodJ = b.methodJ
	s.LowJ = max(0, s.EnergyJ-b.spreadJ-b.methodJ)
	s.HighJ = s.EnergyJ + b.spreadJ + b.methodJ + 2*b.gapJ
}

// bounds are how far a share may be wrong, over its devices.
type bounds struct{ spreadJ, gapJ, methodJ float64 }

// measured adds the doubt about the measurement on a device.
func (b *bounds) measured(got, gap, misplaced float64, d *device) {
	b.spreadJ += float64(got*d.spec.GainErrorRel) + float64(got*misplaced)
	b.gapJ += gap
}

// misplaced is the part of an attempt's energy that its edges leave in doubt.
func (p *part) misplaced(a *attempt) float64 {
	if p.coveredNS == 0 {
		return 0
	}
	return min(1, float64(p.slopNS+2*a.clockNS)/float64(p.coveredNS))
}

// doubt is how far the fitted method may be wrong about an attempt.
func (d *device) doubt(l *lot) float64 {
	got := l.joules
	doubt := math.Abs(float64(l.rival)-got) + float64(l.queued)
	if d.fit.Usable {
		doubt += float64(got * min(1, 2*d.fit.ResidualRel))
	}
	if (!d.timed || !d.fit.Usable) && len(d.running) > 1 {
		doubt = max(doubt, got-float64(l.low), float64(l.high)-got)
	}
	return doubt
}

// distance widens the intervals of one attempt's shares under methods that know
// nothing of their own error, by how far the farthest of them is. One that is
// alone has an interval for the measurement only.
func distance(shares []Share) {
	if len(shares) < 2 {
		return
	}
	low, high := shares[0].EnergyJ, shares[0].EnergyJ
	for i := range shares {
		low, high = min(low, shares[i].EnergyJ), max(high, shares[i].EnergyJ)
	}
	for i := range shares {
		s := &shares[i]
		far := max(high-s.EnergyJ, s.EnergyJ-low)
		s.MethodJ = far
		s.LowJ = max(0, s.LowJ-far)
		s.HighJ += far
	}
}
