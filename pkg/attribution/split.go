package attribution

// The last pass over a tape: it lays the energy of every block along the course
// that the fit expects, and splits it among those who were served then, by the
// fit and by its rival.

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
	contested  bool // they differ
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
	gapJ    float64
}

// run goes over the tape in blocks, of which the energy and its causes are known.
func (s *splitter) run(blockNS int64, blocks []bin) {
	scale := 0.0 // of what is expected to what was drawn, and 0 where energy keeps its own course
	next := func() {
		scale = 0
		if expected := s.d.fit.joules(&blocks[0]); s.d.fit.Usable && expected > 0 {
			scale = blocks[0].energyJ / expected
		}
		blocks = blocks[1:]
		for _, integral := range []*sum{&s.now.taker, &s.now.perNS, &s.now.perBeat, &s.now.member} {
			integral.carry()
		}
	}
	next()
	s.d.tape.pieces(blockNS, func(t *tick, ends bool) {
		if t.gap {
			s.gapJ += t.energy
		} else {
			s.absorb(t, scale)
		}
		if t.ref != noRef {
			s.move(t, s.d.lots.at(t.ref))
		}
		if ends {
			next()
		}
	})
}

// absorb advances the integrals by the energy of a tick.
func (s *splitter) absorb(t *tick, scale float64) {
	energy, gap := t.energy, s.gapJ
	s.gapJ = 0
	s.passed += int64(t.ns)
	ns, beats, members := float64(t.ns), float64(t.beats), s.flows.members
	var own float64 // what the fit expects of those who are served
	if members > 0 {
		own = s.own.joules(&s.flows, ns, beats)
	}
	switch {
	case scale == 0 || t.ns == 0:
	case members > 0:
		energy = (float64(s.active*ns) + own) * scale
	default:
		energy = float64(s.idle*ns) * scale
	}
	if energy == 0 && gap == 0 {
		return
	}
	r := &s.d.running[s.d.later]
	if !t.present {
		r.idle.add(energy)
		return
	}
	idle := min(energy, float64(s.baseline*ns))
	dynamic := energy - idle
	if s.d.options.IdlePolicy == IdleSeparate {
		r.idle.add(idle)
		idle = 0
	}
	if members == 0 {
		r.unattributed.add(dynamic)
		r.unattributed.add(idle)
		return
	}
	each := 1 / float64(members)
	if idle != 0 {
		s.now.member.lump(float64(idle * each))
	}
	base := s.own.base * ns
	if all := base + own; all > 0 {
		part := dynamic / all
		if s.waiting > 0 {
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
	if !s.contested {
		return
	}
	base = s.rival.base * ns
	if all := base + s.rival.joules(&s.flows, ns, beats); all > 0 {
		part := dynamic / all
		s.now.rivalTaker += float64(float64(part*base) * each)
		s.now.rivalNS += float64(part * ns)
		s.now.rivalBeat += float64(part * beats)
	} else {
		s.now.rivalTaker += float64(dynamic * each)
	}
}

// move takes an attempt from one phase to the next, and books what it has earned in
// the one that it leaves.
func (s *splitter) move(t *tick, l *lot) {
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
	if !s.contested {
		l.rival = float32(l.joules)
		return
	}
	perNS, perBeat = s.rival.rates(l, p)
	l.rival += float32(idle + (now.rivalTaker - from.rivalTaker) +
		float64(perNS*(now.rivalNS-from.rivalNS)) + float64(perBeat*(now.rivalBeat-from.rivalBeat)))
}
