package attribution

// The fitted method, over the tapes of a whole run. It goes over each tape to see
// what caused the energy of every second, and again to split it (split.go);
// before that, where they have to be found, for queues (queue.go) and beats (beat.go).

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
	var fits []Fit
	meanIn, meanOut := e.told.means()
	for _, d := range e.order {
		d.meanIn, d.meanOut = meanIn, meanOut
		d.tape.end(d.present > 0)
		d.guessQueues()
		d.keepTime()
		f, rival := learn(d.id, d.bins(), d.blockNS())
		f.Timed = d.timed
		d.fit = f
		s := splitter{d: d, shape: f.Usable}
		if f.Usable {
			s.own = model{f.PrefillTokenJ, f.DecodeTokenJ, 0, max(0, f.ActiveW-d.idleW)}
			s.rival = model{rival[costPrefill], rival[costDecode], rival[costContext], max(0, rival[costActive]-d.idleW)}
			s.activeW, s.idleW = f.ActiveW, f.IdleW
		}
		s.run()
		if d.curve.started {
			fits = append(fits, f)
		}
	}
	return fits
}

// bins puts the energy of every block of the tape beside its causes, and fills
// in what each attempt moves.
func (d *device) bins() []bin {
	var f flows
	var bins []bin
	var b bin
	limit := d.blockNS()
	d.tape.pieces(limit, func(t tick, ends bool) {
		if t.ns > 0 {
			dt := float64(t.ns)
			if f.members > 0 {
				b.cause[costPrefill] += float64(f.in.value() * dt)
				b.cause[costDecode] += float64(f.out.value()*dt) + float64(f.outBeat.value()*t.beats)
				b.cause[costContext] += float64(f.context.value() * t.beats)
				b.cause[costActive] += seconds(t.ns)
			} else {
				b.cause[costIdle] += seconds(t.ns)
			}
			b.energyJ += t.energy
		}
		if ends {
			b.length = seconds(limit)
			bins = append(bins, b)
			b = bin{}
		}
		if t.ref == noRef {
			return
		}
		l := d.lots.at(t.ref)
		if t.from <= phaseQueue && t.to > phaseQueue {
			l.flow(d.attempts.at(d.parts.at(t.ref).attempt), d)
		}
		f.change(l, t.from, -1)
		f.change(l, t.to, 1)
	})
	return bins
}

// counts of tokens that were told, to stand in for those that were not.
type counts struct{ in, out, n int64 }

func (c *counts) add(a *attempt) {
	if a.bits&bitTokensMissing == 0 {
		c.in, c.out, c.n = c.in+a.input, c.out+a.output, c.n+1
	}
}

func (c counts) means() (in, out float64) {
	if c.n == 0 {
		return 0, 0
	}
	return float64(c.in) / float64(c.n), float64(c.out) / float64(c.n)
}
