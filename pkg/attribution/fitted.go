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

// A run is cut into at least so many stretches to learn from, as long as they are
// not shorter than leastBinNS, a time within which common sensors place energy
// well enough.
const (
	enoughBins = 2 * minBins
	leastBinNS = int64(200e6)
)

// binNS is the length of a stretch to learn from: a block, or less in a short
// run, but not less than two readings or two windows of an averaged one.
func (d *device) binNS() int64 {
	least := max(leastBinNS, 2*d.spec.AverageWindowNS)
	if n := max(d.readings[0], d.curve.counter.jumps); n > 0 {
		least = max(least, 2*d.coveredNS/n)
	}
	return max(least, min(d.blockNS(), d.coveredNS/enoughBins))
}

// settleFitted learns every device's fit and splits its tape by it, or, where
// there is too little to learn from, by the weights that are declared for tokens.
func (e *Engine) settleFitted() []Fit {
	var fits []Fit
	meanIn, meanOut := e.told.means()
	for _, d := range e.order {
		d.meanIn, d.meanOut = meanIn, meanOut
		d.tape.end(d.present > 0)
		d.guessQueues()
		d.keepTime()
		binNS, blockNS := d.binNS(), d.blockNS()
		bins := d.bins(binNS)
		f, rival := learn(d.id, bins[:len(bins)-1], binNS)
		f.Timed = d.timed
		d.fit = f
		s := splitter{d: d, active: f.ActiveW / nsPerS, idle: f.IdleW / nsPerS, baseline: d.idleW / nsPerS}
		if f.Usable {
			s.own = model{f.PrefillTokenJ, f.DecodeTokenJ, 0, max(0, s.active-s.baseline)}
			s.rival = model{rival[costPrefill], rival[costDecode], rival[costContext], max(0, rival[costActive]/nsPerS-s.baseline)}
		} else {
			// Its rival is to split equally.
			s.own = model{prefill: e.options.PrefillTokenWeight, decode: e.options.DecodeTokenWeight}
		}
		s.contested = s.rival != s.own
		if blockNS != binNS {
			bins = d.bins(blockNS)
		}
		s.run(blockNS, bins)
		if d.curve.started {
			fits = append(fits, f)
		}
	}
	return fits
}

// bins puts the energy of every stretch of the tape, and of what is left after the
// last one, beside its causes, and fills in what each attempt moves.
func (d *device) bins(binNS int64) []bin {
	var f flows
	bins := make([]bin, 0, d.coveredNS/binNS+2)
	var b bin
	d.tape.pieces(binNS, func(t *tick, ends bool) {
		if t.ns > 0 {
			dt, beats := float64(t.ns), float64(t.beats)
			if f.members > 0 {
				b.cause[costPrefill] += float64(f.in.rate * dt)
				b.cause[costDecode] += float64(f.out.rate*dt) + float64(f.outBeat.rate*beats)
				b.cause[costContext] += float64(f.context.rate * beats)
				b.cause[costActive] += dt / nsPerS
			} else {
				b.cause[costIdle] += dt / nsPerS
			}
			b.energyJ += t.energy
		}
		if ends {
			b.length = seconds(binNS)
			bins = append(bins, b)
			b = bin{}
		}
		if t.ref == noRef {
			return
		}
		l := d.lots.at(t.ref)
		if t.from <= phaseQueue && t.to > phaseQueue {
			l.flow(d)
		}
		f.change(l, t.from, -1)
		f.change(l, t.to, 1)
	})
	return append(bins, b)
}

// counts of tokens that were told, to stand in for those that were not.
type counts struct{ in, out, n int64 }

func (c *counts) add(a *attempt) {
	if a.bits&bitTokensMissing == 0 {
		c.in, c.out, c.n = c.in+a.input, c.out+a.output, c.n+1
	}
}

func (c counts) means() (in, out float32) {
	if c.n == 0 {
		return 0, 0
	}
	return float32(c.in) / float32(c.n), float32(c.out) / float32(c.n)
}
