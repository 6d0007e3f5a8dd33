package attribution

// running holds the integrals of one method on one device, and its accounts.
type running struct {
	crowd
	integrals
	idle         sum
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
	tally     uint32 // row in the device's
	lot       uint32 // in the engine's pool, where a method needs one
	coveredNS int64  // the device's covered time when it began, and then its own
	slopNS    int64  // how far its edges may be misplaced
	bits      flagBits
	phase     phase
}

// flush books what has accumulated, under the crowd that was there.
func (d *device) flush() {
	m := d.meter
	if m == (meter{}) {
		return
	}
	d.meter = meter{}
	energy, idle, gap := m.energy.value(), m.idle.value(), m.gap.value()
	d.measured.add(energy)
	d.gap.add(gap)
	if d.tape != nil {
		d.tape.hold(energy, gap, d.coveredNS)
	}
	dynamic, apart := energy-idle, 0.0
	if d.options.IdlePolicy == IdleSeparate {
		idle, apart = 0, idle
	}
	for i := range d.running {
		r := &d.running[i]
		switch {
		case i == d.later:
			continue
		case d.present == 0:
			r.idle.add(energy)
			continue
		case apart != 0:
			r.idle.add(apart)
		}
		r.absorb(r.parts(), dynamic, idle, gap)
	}
}

// absorb advances the integrals by energy that was drawn while the crowd did
// not change.
func (r *running) absorb(p parts, dynamic, idle, gap float64) {
	if r.takers > 0 {
		r.perTaker.add(float64(dynamic * p.perTaker))
	}
	if p.perRate != 0 {
		r.perRate.add(float64(dynamic * p.perRate))
	}
	if p.nobody != 0 {
		r.unattributed.add(float64(dynamic * p.nobody))
	}
	switch {
	case idle == 0:
	case r.members > 0:
		r.perMember.add(idle / float64(r.members))
	default:
		r.unattributed.add(idle)
	}
	if gap != 0 {
		r.gapTaker += float64(gap * p.perTaker)
		r.gapRate += float64(gap * p.perRate)
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
	// Who queues beside others is charged nothing by the method that has a tape.
	if d.tape != nil && (e.to != phaseQueue || d.present == 0) {
		d.tape.edge(keyed{e.key, p.lot, e.to}, old, d.present > 0)
	}
	if old == phaseNone {
		if d.present == 0 {
			d.margin.enter(e.time(), slopNS+a.clockNS, d.fromNS)
		}
		d.present++
		p.coveredNS = d.coveredNS
		p.slopNS = slopNS
	}
	p.phase = e.to
	if len(d.running) == 1 && d.later == 0 {
		d.left(e, p, a, slopNS)
		return
	}
	tallies := d.tallies.row(p.tally)
	for i := range d.running {
		if i != d.later {
			d.running[i].move(&d.schemes[i], a, &tallies[i], old, e.to)
		}
	}
	d.left(e, p, a, slopNS)
}

// left closes an attempt's part if it has gone.
func (d *device) left(e keyed, p *part, a *attempt, slopNS int64) {
	if e.to != phaseNone {
		return
	}
	p.slopNS += slopNS
	d.depart(p, a)
	if d.present == 0 {
		d.margin.leave(e.time(), slopNS+a.clockNS)
	}
}

// move takes an attempt from one phase to the next, and books what it has
// earned; when it leaves, that goes to the ledger.
func (r *running) move(s *scheme, a *attempt, t *tally, from, to phase) {
	if from != phaseNone {
		k := s.claim(a, from)
		t.book(k, &r.integrals, from)
		r.leave(k)
	}
	if to != phaseNone {
		r.enter(s.claim(a, to))
		t.at = r.integrals
		return
	}
	r.account(t.dynamic+t.idle, a.account)
}

// account books what an attempt got in all.
func (r *running) account(joules float64, account uint16) {
	r.requests.add(joules)
	for len(r.accounts) <= int(account) {
		r.accounts = append(r.accounts, sum{})
	}
	r.accounts[account].add(joules)
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
	}
	if k.rate > 0 {
		dynamic += float64(k.rate * now.perRate.since(t.at.perRate))
		t.gap += float64(k.rate * (now.gapRate - t.at.gapRate))
	}
	idle := now.perMember.since(t.at.perMember)
	t.dynamic += dynamic
	t.idle += idle
	t.phases[p-phaseQueue] += dynamic + idle
}

// depart closes an attempt's part on this device.
func (d *device) depart(p *part, a *attempt) {
	d.present--
	p.coveredNS = d.coveredNS - p.coveredNS
	for i, end := range d.touched {
		if end > a.edges[0] {
			p.bits |= 1 << i
		}
	}
	d.done(p, a)
}

func (d *device) done(p *part, a *attempt) {
	a.open--
	if a.open == 0 {
		*d.finished = append(*d.finished, keyed{ref: p.attempt})
	}
}
