package attribution

import "math"

// bound gives a share its interval. It is uncertain by
//   - its edges: energy may be misplaced in time by the resolution of the sensor
//     and by the clock, and by a step of the batch where the end of the queue is
//     guessed, at the attempt's own mean power;
//   - the sensor's gain;
//   - gaps: what it would have got in them, once estimated, and wrong by as much
//     again, upwards only;
//   - the method. The fitted one knows how well it explains the run, and how far
//     a rival explanation would move the share. Where it does not know when tokens
//     came, or could not learn, it is as uncertain as the others, for which see
//     distance.
func (s *Share) bound(a *attempt, m int) {
	var spread, gap float64
	s.MethodJ = 0
	for k, d := range a.group.devices {
		p := d.parts.at(a.parts[k])
		var got float64
		if m == d.later {
			l := d.lots.at(a.parts[k])
			got = l.prefill + l.decode
			gap += l.gap
			s.MethodJ += d.doubt(l)
		} else {
			t := &d.tallies.row(p.tally)[m]
			got = t.dynamic + t.idle
			gap += t.gap
		}
		spread += float64(got * d.spec.GainErrorRel)
		misplacedNS := p.slopNS + 2*a.clockNS
		if m == d.later && a.bits&bitQueueUnknown != 0 {
			misplacedNS += beatNS
		}
		if p.coveredNS > 0 {
			spread += float64(got * min(1, float64(misplacedNS)/float64(p.coveredNS)))
		}
	}
	spread += s.MethodJ
	s.LowJ = s.EnergyJ - spread
	s.HighJ = s.EnergyJ + spread + 2*gap
	s.LowJ = max(0, s.LowJ)
}

// doubt is how far the fitted method may be wrong about an attempt.
func (d *device) doubt(l *lot) float64 {
	got := l.prefill + l.decode
	doubt := math.Abs(l.rival - got)
	if d.fit.Usable {
		doubt += float64(got * min(1, 2*d.fit.ResidualRel))
	}
	if (!d.timed || !d.fit.Usable) && len(d.running) > 1 {
		doubt = max(doubt, got-l.low, l.high-got)
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
