package attribution

// The merge pass over one device: curve segments and the edges of attempts, in
// order of time. Between two edges who is served does not change, so what an
// attempt gets is its claim times the growth of a few running integrals that
// are the same for everybody; they are advanced at edges only, and the work per
// sample does not depend on how many methods or attempts there are.

// running holds the integrals of one method on one device, and its accounts.
type running struct {
	crowd
	integrals
	unattributed sum
	requests     sum
	accounts     []sum
}

// integrals of one joule's parts over the energy so far.
type integrals struct {
	perTaker, perRate sum     // ∫ of dynamic energy
	perMember         sum     // ∫ of idle energy
	gapTaker, gapRate float64 // ∫ of what is estimated in gaps
}

// tally is what one attempt has got so far under one method on one device.
type tally struct {
	at            integrals // when its phase began
	dynamic, idle float64
	phases        [3]float64
	gap           float64
}

// part is one attempt on one device.
type part struct {
	attempt   uint32 // index in the engine's pool
	phase     phase
	coveredNS int64 // the device's covered time when it began, and then its own
	slopNS    int64 // how far its edges may be misplaced
	bits      flagBits
}

// meter accumulates since the last edge.
type meter struct{ energy, idle, gap sum }

// piece accounts for joules over a time within which nobody comes or goes.
func (d *device) piece(s *span, fromNS, toNS int64, joules float64) {
	if toNS <= fromNS {
		return
	}
	if s.bits != 0 {
		for i := range d.touched {
			if s.bits&(1<<i) != 0 {
				d.touched[i] = toNS
			}
		}
	}
	if s.gap {
		d.meter.gap.add(joules)
		d.gapNS += toNS - fromNS
		return
	}
	d.coveredNS += toNS - fromNS
	d.meter.energy.add(joules)
	d.meter.idle.add(min(joules, float64(d.idleW*seconds(toNS-fromNS))))
}

// flush books what has accumulated, under the crowd that was there.
func (d *device) flush() {
	m := d.meter
	if m == (meter{}) {
		return
	}
	d.meter = meter{}
	energy, idle, gap := m.energy.value(), m.idle.value(), m.gap.value()
	dynamic := energy - idle
	d.measured.add(energy)
	d.gap.add(gap)
	if d.present == 0 {
		d.idle.add(energy)
		return
	}
	separate := d.options.IdlePolicy == IdleSeparate
	if separate {
		d.idle.add(idle)
		idle = 0
	}
	for i := range d.running {
		r := &d.running[i]
		perTaker, perRate, nobody := r.parts()
		if r.takers > 0 {
			r.perTaker.add(dynamic * perTaker)
		}
		if perRate != 0 {
			r.perRate.add(dynamic * perRate)
		}
		if nobody != 0 {
			r.unattributed.add(dynamic * nobody)
		}
		switch {
		case idle == 0:
		case r.members > 0:
			r.perMember.add(idle / float64(r.members))
		default:
			r.unattributed.add(idle)
		}
		if gap != 0 {
			r.gapTaker += gap * perTaker
			r.gapRate += gap * perRate
		}
	}
}

// edge moves an attempt into a phase, or out of the device (phaseNone).
func (d *device) edge(e keyed, slopNS int64) {
	p := d.parts.at(e.ref)
	a := d.attempts.at(p.attempt)
	old := p.phase
	if old == phaseNone && e.to == phaseNone {
		d.done(p, a) // it has no duration
		return
	}
	d.flush()
	if old == phaseNone {
		d.present++
		p.coveredNS = d.coveredNS
		p.slopNS = slopNS
	}
	p.phase = e.to
	tallies := d.tallies.row(e.ref)
	for i := range d.running {
		r, t, s := &d.running[i], &tallies[i], &d.schemes[i]
		if old != phaseNone {
			k := s.claim(a, old)
			t.book(k, &r.integrals, old)
			r.leave(k)
		}
		if e.to != phaseNone {
			r.enter(s.claim(a, e.to))
			t.at = r.integrals
		}
	}
	if e.to == phaseNone {
		p.slopNS += slopNS
		d.depart(p, a, e.ref)
	}
}

// book adds what a claim has earned since its phase began.
func (t *tally) book(k claim, now *integrals, p phase) {
	if !k.member {
		return
	}
	var dynamic float64
	if k.taker {
		dynamic = now.perTaker.since(t.at.perTaker)
		t.gap += now.gapTaker - t.at.gapTaker
	} else {
		dynamic = k.rate * now.perRate.since(t.at.perRate)
		t.gap += k.rate * (now.gapRate - t.at.gapRate)
	}
	idle := now.perMember.since(t.at.perMember)
	t.dynamic += dynamic
	t.idle += idle
	t.phases[p-phaseQueue] += dynamic + idle
}

// depart closes an attempt's part on this device.
func (d *device) depart(p *part, a *attempt, index uint32) {
	d.present--
	p.coveredNS = d.coveredNS - p.coveredNS
	for i, end := range d.touched {
		if end > a.edges[0] {
			p.bits |= 1 << i
		}
	}
	for i, t := range d.tallies.row(index) {
		got := t.dynamic + t.idle
		r := &d.running[i]
		r.requests.add(got)
		for len(r.accounts) <= int(a.account) {
			r.accounts = append(r.accounts, sum{})
		}
		r.accounts[a.account].add(got)
	}
	d.done(p, a)
}

func (d *device) done(p *part, a *attempt) {
	a.open--
	if a.open == 0 {
		*d.finished = append(*d.finished, keyed{ref: p.attempt})
	}
}

// run passes over every emitted span, and over the edges up to their end.
func (d *device) run() {
	c := &d.curve
	if len(c.spans) == 0 {
		return
	}
	if !d.ran {
		d.ran = true
		d.skip(c.nodes[0].ns - 1) // before the first node nothing is measured
	}
	from := 0
	for i := range c.spans {
		s := &c.spans[i]
		for from < s.end {
			if n := d.quiet(s, from); n > from {
				from = n
				continue
			}
			a, b := &c.nodes[from], &c.nodes[from+1]
			d.segment(s, a.ns, b.ns, a.watts, b.watts)
			from++
		}
	}
	c.drop()
}

// quiet passes over the segments of a span from a node on in which nobody comes
// or goes, and returns the node where it stopped.
func (d *device) quiet(s *span, from int) int {
	nodes := d.curve.nodes[from : s.end+1]
	untilNS := d.toNS
	if d.next < len(d.edges) {
		untilNS = min(untilNS, d.edges[d.next].time()-1)
	}
	if s.bits != 0 || nodes[0].ns < d.fromNS || nodes[1].ns > untilNS {
		return from
	}
	energy, idle := d.meter.energy, d.meter.idle
	n := 1
	for ; n < len(nodes) && nodes[n].ns <= untilNS; n++ {
		dt := seconds(nodes[n].ns - nodes[n-1].ns)
		joules := float64(s.scale * nodes[n].joules)
		if s.flat {
			joules = float64(s.scale * dt)
		}
		energy.add(joules)
		idle.add(min(joules, float64(d.idleW*dt)))
	}
	d.meter.energy, d.meter.idle = energy, idle
	d.coveredNS += nodes[n-1].ns - nodes[0].ns
	return from + n - 1
}

// segment passes over one straight piece of the curve in which somebody comes
// or goes, cut to the window.
func (d *device) segment(s *span, t0, t1 int64, w0, w1 float64) {
	w0, w1 = float64(w0*s.scale), float64(w1*s.scale)
	if s.flat {
		w0, w1 = s.scale, s.scale
	}
	// The course between two readings is drawn straight: energy in it may be
	// misplaced by a quarter of the time between them.
	slopNS := max(s.slopNS, (t1-t0)/4)
	if s.wide {
		slopNS = t1 - t0
	}
	slope, end := (w1-w0)/float64(t1-t0), t1
	if t0 < d.fromNS || t1 > d.toNS {
		if t1 <= d.fromNS || t0 >= d.toNS {
			d.skip(t1)
			return
		}
		if t0 < d.fromNS {
			d.skip(d.fromNS)
			w0 += float64(slope * float64(d.fromNS-t0))
			t0 = d.fromNS
		}
		if t1 > d.toNS {
			w1 = w0 + float64(slope*float64(d.toNS-t0))
			t1 = d.toNS
		}
	}
	for d.next < len(d.edges) && d.edges[d.next].key <= keyOfTime(t1) {
		e := d.edges[d.next]
		d.next++
		at := e.time()
		if at > t0 {
			w := w0 + float64(slope*float64(at-t0))
			d.piece(s, t0, at, float64((w0+w)/2)*seconds(at-t0))
			t0, w0 = at, w
		}
		d.edge(e, slopNS)
	}
	d.piece(s, t0, t1, float64((w0+w1)/2)*seconds(t1-t0))
	d.skip(end)
}

// skip passes over edges up to and at t, for time that is not measured.
func (d *device) skip(t int64) {
	for d.next < len(d.edges) && d.edges[d.next].key <= keyOfTime(t) {
		e := d.edges[d.next]
		d.next++
		d.edge(e, 0)
	}
}
