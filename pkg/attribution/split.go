package attribution

import "slices"

// The last pass over a tape: it lays the energy of every block along the course
// that the fit expects, and splits it among those who were served then, by the
// fit and by its rival. Both are done block by block, so that a block's ticks
// are still at hand.

// stay is where the integrals stood when a phase of an attempt began. There are
// as many as attempts in flight.
type stay struct {
	taker, perNS, perBeat, member sum
	// What only bounds the interval need not be exact to the last bits.
	rivalTaker, rivalNS, rivalBeat float64
	oneMore                        float64 // what one more or less who is served would move
	gapTaker, gapNS                float64
}

// served is what being served has cost everyone, whatever they moved.
func (s *stay) served() float64 { return s.member.value() + s.taker.value() }

// step is the end of a step of the batch in which prompts were read: when, and
// what being served had cost by then.
type step struct {
	ns     int64
	served float64
}

// splitter splits one device's tape.
type splitter struct {
	d          *device
	own, rival model
	shape      bool // to the course that is expected of the device
	// Joules per nanosecond: while anyone is served, idle power included, and while
	// nobody is.
	active, idle float64
	baseline     float64 // the device's own idle power, the same

	flows   flows
	waiting int // attempts in a queue that is guessed
	passed  int64
	steps   [2]step
	now     stay // the integrals
	stays   pool[stay]
	block   []expectation
	// Energy of the block, measured and by the fit.
	drawn, expected float64
	gapJ            float64
}

// expectation is a tick with what it should have cost: to those who were
// served, by the fit and by its rival, and in all.
type expectation struct {
	t                 tick
	l                 *lot // of the edge, if there is one
	members           int32
	waiting           bool // somebody is in a queue that is guessed
	own, rival, total float64
}

func (s *splitter) run() {
	s.d.tape.pieces(s.d.blockNS(), func(t *tick, ends bool) {
		x := s.expect()
		x.t, x.l, x.members, x.waiting = *t, nil, int32(s.flows.members), s.waiting > 0
		x.own, x.rival, x.total = 0, 0, 0
		if t.ns > 0 {
			ns, beats := float64(t.ns), float64(t.beats)
			x.total = s.idle * ns
			if x.members > 0 {
				x.own = s.own.joules(&s.flows, ns, beats)
				x.rival = s.rival.joules(&s.flows, ns, beats)
				x.total = float64(s.active*ns) + x.own
			}
			s.drawn += t.energy
			s.expected += x.total
		}
		if t.ref != noRef {
			l := s.d.lots.at(t.ref)
			x.l = l
			s.flows.change(l, t.from, -1)
			s.flows.change(l, t.to, 1)
			if l.is(lotGuessed) {
				switch phaseQueue {
				case t.to:
					s.waiting++
				case t.from:
					s.waiting--
				}
			}
		}
		if ends {
			s.flush()
		}
	})
	s.flush()
}

// expect is a place for one more expectation, to be filled in whole.
func (s *splitter) expect() *expectation {
	if len(s.block) == cap(s.block) {
		s.block = slices.Grow(s.block, 1)
	}
	s.block = s.block[:len(s.block)+1]
	return &s.block[len(s.block)-1]
}

// flush splits a block.
func (s *splitter) flush() {
	scale := 0.0
	if s.shape && s.expected > 0 {
		scale = s.drawn / s.expected
	}
	s.drawn, s.expected = 0, 0
	for i := range s.block {
		x := &s.block[i]
		switch {
		case x.t.gap:
			s.gapJ += x.t.energy
			continue
		case scale > 0 && x.t.ns > 0:
			s.absorb(x, float64(x.total*scale))
		default:
			s.absorb(x, x.t.energy)
		}
		if x.l != nil {
			s.move(&x.t, x.l)
		}
	}
	s.block = s.block[:0]
	for _, integral := range []*sum{&s.now.taker, &s.now.perNS, &s.now.perBeat, &s.now.member} {
		integral.carry()
	}
}

// absorb advances the integrals by the energy of a tick.
func (s *splitter) absorb(x *expectation, energy float64) {
	gap := s.gapJ
	s.gapJ = 0
	s.passed += int64(x.t.ns)
	if energy == 0 && gap == 0 {
		return
	}
	d, r := s.d, &s.d.running[s.d.later]
	ns, beats := float64(x.t.ns), float64(x.t.beats)
	if !x.t.present {
		r.idle.add(energy)
		return
	}
	idle := min(energy, float64(s.baseline*ns))
	dynamic := energy - idle
	if d.options.IdlePolicy == IdleSeparate {
		r.idle.add(idle)
		idle = 0
	}
	if x.members == 0 {
		r.unattributed.add(dynamic)
		r.unattributed.add(idle)
		return
	}
	each := 1 / float64(x.members)
	if idle != 0 {
		s.now.member.lump(float64(idle * each))
	}
	base := s.own.base * ns
	if all := base + x.own; all > 0 {
		part := dynamic / all
		if x.waiting {
			s.now.oneMore += float64((idle+float64(part*base))*each) * each
		}
		s.now.taker.lump(float64(part*base) * each)
		s.now.perNS.lump(part * ns)
		s.now.perBeat.lump(part * beats)
		if gap != 0 {
			part = gap / all
			s.now.gapTaker += float64(part*base) * each
			s.now.gapNS += float64(part * ns)
		}
	} else {
		s.now.taker.lump(dynamic * each)
		s.now.gapTaker += float64(gap * each)
	}
	base = s.rival.base * ns
	if all := base + x.rival; all > 0 {
		part := dynamic / all
		s.now.rivalTaker += float64(float64(part*base) * each)
		s.now.rivalNS += float64(part * ns)
		s.now.rivalBeat += float64(part * beats)
	} else {
		s.now.rivalTaker += float64(dynamic * each)
	}
}

// move books what an attempt has earned in the phase that it leaves.
func (s *splitter) move(t *tick, l *lot) {
	was, is := l.watched(t.from), l.watched(t.to)
	if was {
		s.book(l, s.stays.at(l.mark), t.from)
	}
	switch {
	case is && was:
		*s.stays.at(l.mark) = s.now
	case is:
		l.mark = s.stays.take()
		*s.stays.at(l.mark) = s.now
	case was:
		s.stays.give(l.mark)
	}
	if t.to == phaseNone {
		s.d.running[s.d.later].account(l.joules, l.account)
	}
}

// watched says whether an attempt has a stay in a phase: while it is served, or in a
// queue that is guessed.
func (l *lot) watched(p phase) bool {
	return p == phasePrefill || p == phaseDecode || p == phaseQueue && l.is(lotGuessed)
}

// hesitate is how many joules a guessed queue leaves an attempt in doubt of. A prompt
// that did not fit into a step of the batch may have been begun in it, so that it was
// served one step earlier than is guessed.
func (s *splitter) hesitate(from *stay) float64 {
	return s.now.served() - max(from.served(), s.steps[0].served)
}

// read notes that a prompt has been read.
func (s *splitter) read() {
	if s.passed >= s.steps[1].ns+stepNS {
		s.steps[0] = s.steps[1]
	}
	s.steps[1] = step{s.passed, s.now.served()}
}

func (s *splitter) book(l *lot, from *stay, p phase) {
	if p == phaseQueue {
		l.queued = float32(s.hesitate(from))
		return
	}
	if p == phasePrefill && s.d.guesses {
		s.read()
	}
	now := &s.now
	idle := now.member.since(from.member)
	perNS, perBeat := s.own.rates(l, p)
	base := idle + now.taker.since(from.taker)
	l.queued += float32(now.oneMore - from.oneMore)
	if p == phasePrefill && l.is(lotBeside) {
		l.queued += float32(base)
	}
	got := base +
		float64(perNS*now.perNS.since(from.perNS)) + float64(perBeat*now.perBeat.since(from.perBeat))
	l.gap += float32(now.gapTaker - from.gapTaker + float64(perNS*(now.gapNS-from.gapNS)))
	l.idle += float32(idle)
	l.joules += got
	if p == phasePrefill {
		l.prefill = float32(got)
	}
	perNS, perBeat = s.rival.rates(l, p)
	l.rival += float32(idle + (now.rivalTaker - from.rivalTaker) +
		float64(perNS*(now.rivalNS-from.rivalNS)) + float64(perBeat*(now.rivalBeat-from.rivalBeat)))
}
