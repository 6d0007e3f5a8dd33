package attribution

// The fitted method, over the tapes of a whole run. It goes over each tape
// several times: to find the beats, to see what caused the energy of every second, to
// lay each second's energy along the course that the fit expects, and to split
// it.

// fitBlockNS is the length of time over which the fit and the meter are brought
// together. Within it energy follows the fit, from one to the next the meter.
// It is long against the time by which sensors misplace energy, so that sparse
// samples do not blur prompts into answers; and short against a run, so that
// what the fit does not know (a throttled clock, someone else's load) stays
// where it was drawn.
const fitBlockNS = int64(1e9)

// untimedBlockNS takes its place when it is not known when tokens came: time
// enough for most of the unevenness to even out.
const untimedBlockNS = int64(5e9)

// blockNS is the length of a block on this device: not less than two windows of
// a power reading that is an average.
func (d *device) blockNS() int64 {
	block := fitBlockNS
	if !d.timed {
		block = untimedBlockNS
	}
	return max(block, 2*d.spec.AverageWindowNS)
}

// settleFitted learns every device's fit and splits its tape by it.
func (e *Engine) settleFitted() []Fit {
	meanIn, meanOut := e.meanTokens()
	var fits []Fit
	for _, d := range e.order {
		d.tape.end()
		d.guessQueues()
		d.keepTime()
		base := scheme{fitted: true, queueFree: true, meanIn: meanIn, meanOut: meanOut}
		f, rival := learn(d.id, d.bins(base), d.blockNS())
		f.Timed = d.timed
		d.fit = f
		own, other := base, base
		own.name = Fitted
		if f.Usable {
			own.costs(f.PrefillTokenJ, f.DecodeTokenJ, 0, f.ActiveW-d.idleW)
			other.costs(rival[costPrefill], rival[costDecode], rival[costContext], rival[costActive]-d.idleW)
			d.reshape(&own, f.ActiveW, f.IdleW)
		}
		d.schemes[d.later] = own
		d.splitTape(&own, &other)
		if d.curve.started {
			fits = append(fits, f)
		}
	}
	return fits
}

func (s *scheme) costs(prefill, decode, context, baseW float64) {
	s.prefill, s.decode, s.context, s.baseW = prefill, decode, context, max(0, baseW)
}

// bins cuts the tape into stretches: at the first edge after blockNS each.
func (d *device) bins(base scheme) []bin {
	var in, out, outBeat, contextBeat strength
	members := 0
	change := func(a *attempt, p phase, t *tally, by int) {
		if p == phaseNone || p == phaseQueue {
			return
		}
		members += by
		f := base.flow(a, p, t)
		in.change(f.in, by)
		out.change(f.out, by)
		outBeat.change(f.outBeat, by)
		contextBeat.change(f.contextBeat, by)
	}
	var bins []bin
	var b bin
	var ns int64
	limit := d.blockNS()
	d.replay(func(t *tick) {
		if t.ns == 0 {
			return
		}
		b.cause[costPrefill] += float64(in.value() * float64(t.ns))
		b.cause[costDecode] += float64(out.value()*float64(t.ns)) + float64(outBeat.value()*t.beats)
		b.cause[costContext] += float64(contextBeat.value() * t.beats)
		if members > 0 {
			b.cause[costActive] += seconds(t.ns)
		} else {
			b.cause[costIdle] += seconds(t.ns)
		}
		b.energyJ += t.energy
		if ns += t.ns; ns >= limit {
			b.length = seconds(ns)
			bins = append(bins, b)
			b, ns = bin{}, 0
		}
	}, func(a *attempt, ref uint32, from, to phase) {
		t := &d.tallies.row(ref)[d.later]
		change(a, from, t, -1)
		change(a, to, t, 1)
	})
	return bins
}

// reshape lays the energy of a block of ticks along the course that the fit
// expects of it.
func (d *device) reshape(s *scheme, activeW, idleW float64) {
	var c crowd
	var block []*tick
	var expected []float64
	var energy, total float64
	var ns int64
	limit := d.blockNS()
	spread := func() {
		if total > 0 {
			for i, t := range block {
				t.energy = energy * (expected[i] / total)
				t.idle = min(t.energy, float64(d.idleW*seconds(t.ns)))
			}
		}
		block, expected, energy, total, ns = block[:0], expected[:0], 0, 0, 0
	}
	d.replay(func(t *tick) {
		if t.ns == 0 {
			return
		}
		m := float64(idleW * seconds(t.ns))
		if c.members > 0 {
			m = float64(activeW*seconds(t.ns)) + float64(c.rates.value()*float64(t.ns)) + float64(c.beats.value()*t.beats)
		}
		block, expected = append(block, t), append(expected, m)
		energy += t.energy
		total += m
		if ns += t.ns; ns >= limit {
			spread()
		}
	}, func(a *attempt, ref uint32, from, to phase) {
		t := &d.tallies.row(ref)[d.later]
		if from != phaseNone {
			c.leave(s.claim(a, from, t))
		}
		if to != phaseNone {
			c.enter(s.claim(a, to, t))
		}
	})
	spread()
}

// splitTape splits the tape by the fit, and by its rival for comparison.
func (d *device) splitTape(own, other *scheme) {
	r, rival := &d.running[d.later], new(running)
	present := 0
	d.replay(func(t *tick) {
		dynamic, idle := t.energy-t.idle, t.idle
		switch {
		case present == 0:
			r.idle.add(t.energy)
			return
		case d.options.IdlePolicy == IdleSeparate:
			r.idle.add(idle)
			idle = 0
		}
		r.absorb(r.modelled(own.baseW, t.ns, t.beats), dynamic, idle, t.gap)
		rival.absorb(rival.modelled(other.baseW, t.ns, t.beats), dynamic, idle, t.gap)
	}, func(a *attempt, ref uint32, from, to phase) {
		if from == phaseNone {
			present++
		}
		if to == phaseNone {
			present--
		}
		row := d.tallies.row(ref)
		row[len(row)-1].beats, row[len(row)-1].servedNS = row[d.later].beats, row[d.later].servedNS
		r.move(own, a, &row[d.later], from, to)
		rival.move(other, a, &row[len(row)-1], from, to)
	})
}

// meanTokens are those of the attempts that know them.
func (e *Engine) meanTokens() (in, out float64) {
	var ins, outs, n int64
	for _, f := range e.kept {
		if a := e.attempts.at(f.ref); a.bits&bitTokensMissing == 0 {
			ins, outs, n = ins+a.input, outs+a.output, n+1
		}
	}
	if n == 0 {
		return 0, 0
	}
	return float64(ins) / float64(n), float64(outs) / float64(n)
}
