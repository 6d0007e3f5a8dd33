package attribution

import (
	"math"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// A curve turns one device's samples, in order of time and each moment once,
// into power as a function of time: nodes (time, power as read), and spans of
// neighbouring nodes that say by what the power is to be multiplied so that its
// integral is the energy that was really drawn.
//
// It looks ahead no further than it must: to the next jump of the counter, or
// to the next power reading, so that the engine can run close behind its input.
type curve struct {
	maxGapNS  int64
	averaged  bool // the power reading is an average: it gives no shape inside a span
	declared  declaredGaps
	counter   counter
	hasPower  bool
	started   bool
	firstNS   int64
	emitted   int // nodes up to this index are in spans
	rateW     float64
	ratio     ratio
	lastPower Sample   // the latest node with a power reading
	waiting   []Sample // nodes since then that had none, and may get one by interpolation

	// Nodes. power is NaN where it is not known; seg describes the segment that
	// ends at the node.
	time  []int64
	power []float64
	seg   []segment
	spans []span

	seen flagBits
}

// segment says what is known between a node and the one before it.
type segment uint8

const (
	segHole   segment = 1 << iota // samples are missing in it
	segBlind                      // its power is not known
	segBroken = segHole | segBlind
)

// span is a run of segments that ends at node end. Power in it is the nodes'
// times scale, or scale itself (watts) when flat.
type span struct {
	end    int
	scale  float64
	flat   bool
	gap    bool // energy is estimated: it goes to the gap account
	bits   flagBits
	slopNS int64 // how far energy may be misplaced in time; a segment's length when wide
	wide   bool
}

// ratio is the running comparison of the counter with the integral of power.
type ratio struct{ counterJ, integralJ sum }

func (r *ratio) value() float64 {
	if c, p := r.counterJ.value(), r.integralJ.value(); c > 0 && p > 0 {
		return c / p
	}
	return 1
}

const nsPerS = 1e9

// feed takes the next sample.
func (c *curve) feed(s Sample) {
	if s.PowerMW == event.Missing {
		if c.hasPower && s.TimeNS-c.lastPower.TimeNS <= c.maxGapNS {
			c.waiting = append(c.waiting, s)
			return
		}
		c.blind()
		c.node(s.TimeNS, math.NaN(), s.EnergyMJ)
		return
	}
	w := float64(s.PowerMW) / 1000
	if len(c.waiting) > 0 {
		if s.TimeNS-c.lastPower.TimeNS <= c.maxGapNS {
			from, fromW := c.lastPower.TimeNS, float64(c.lastPower.PowerMW)/1000
			for _, q := range c.waiting {
				part := float64(q.TimeNS-from) / float64(s.TimeNS-from)
				c.node(q.TimeNS, fromW+float64((w-fromW)*part), q.EnergyMJ)
			}
			c.waiting = c.waiting[:0]
		} else {
			c.blind()
		}
	}
	c.hasPower, c.lastPower = true, s
	c.node(s.TimeNS, w, s.EnergyMJ)
}

// blind gives up on the power of the waiting nodes.
func (c *curve) blind() {
	for _, q := range c.waiting {
		c.node(q.TimeNS, math.NaN(), q.EnergyMJ)
	}
	c.waiting = c.waiting[:0]
}

func (c *curve) node(t int64, w float64, energyMJ int64) {
	i := len(c.time)
	var sg segment
	if i > 0 {
		if t-c.time[i-1] > c.maxGapNS || c.declared.touch(c.time[i-1], t) {
			sg |= segHole
		}
		if w != w || c.power[i-1] != c.power[i-1] {
			sg |= segBlind
		}
	}
	c.time = append(c.time, t)
	c.power = append(c.power, w)
	c.seg = append(c.seg, sg)
	if !c.started {
		c.started, c.firstNS = true, t
	}
	if i > 0 {
		c.counter.pass(c, i)
	}
	if energyMJ == event.Missing {
		c.counter.silence(c, i)
		return
	}
	c.counter.read(c, i, energyMJ)
}

// trapezoid is the integral of the power as read over the segment that ends at
// node i, in joules.
func (c *curve) trapezoid(i int) float64 {
	return (c.power[i-1] + c.power[i]) / 2 * (float64(c.time[i]-c.time[i-1]) / nsPerS)
}

// settle emits nodes up to b as drawing energyJ, which the counter measured.
// integralJ is ∫P over them, and whole says that it is known throughout.
func (c *curve) settle(b int, energyJ, integralJ float64, whole bool, slopNS int64) {
	a := c.emitted
	seconds := float64(c.time[b]-c.time[a]) / nsPerS
	c.rateW = energyJ / seconds
	shaped := whole && integralJ > 0
	if shaped {
		c.ratio.counterJ.add(energyJ)
		c.ratio.integralJ.add(integralJ)
	}
	if shaped && !c.averaged {
		c.spans = append(c.spans, span{end: b, scale: energyJ / integralJ, slopNS: slopNS})
		c.emitted = b
		return
	}
	scale, flat := c.rateW, true
	slopNS = max(slopNS, (c.time[b]-c.time[a])/2)
	if !whole && !c.averaged {
		// Holes inside: power is drawn straight across them where both ends are known.
		total, known := 0.0, true
		for i := a + 1; i <= b; i++ {
			known = known && c.seg[i]&segBlind == 0
			if known {
				total += c.trapezoid(i)
			}
		}
		if known && total > 0 {
			scale, flat = energyJ/total, false
		}
	}
	for i := a + 1; i <= b; i++ {
		s := span{end: i, scale: scale, flat: flat, slopNS: slopNS}
		if c.seg[i]&segHole != 0 {
			s.bits, s.wide = bitSpanned, true
		}
		c.push(s)
	}
	c.emitted = b
}

// loose emits nodes up to b without the counter: by power times scale where it
// is known, as a gap where it is not. edge marks a stretch that is shorter than a counter
// step, over which the last rate stands in for power that is not read.
func (c *curve) loose(b int, scale float64, bits flagBits, edge bool) {
	if c.averaged {
		bits |= bitAveraged
	}
	for i := c.emitted + 1; i <= b; i++ {
		s := span{end: i, scale: scale, bits: bits, wide: true}
		switch {
		case c.seg[i]&segBroken == 0:
		case edge && c.seg[i]&segHole == 0:
			s.scale, s.flat = c.rateW, true
		default:
			s.gap, s.bits = true, bits|bitGap
			if c.seg[i]&segBlind != 0 {
				s.scale, s.flat = c.estimate(i), true
			}
		}
		c.push(s)
	}
	c.emitted = max(c.emitted, b)
}

// estimate is a guess of the power in a segment where it is not known: that of
// its known end, or the latest rate of the counter.
func (c *curve) estimate(i int) float64 {
	switch {
	case c.power[i-1] == c.power[i-1]:
		return c.power[i-1]
	case c.power[i] == c.power[i]:
		return c.power[i]
	}
	return c.rateW
}

// push appends s, or lets the last span grow by it.
func (c *curve) push(s span) {
	c.seen |= s.bits
	if n := len(c.spans); n > 0 {
		last := &c.spans[n-1]
		if last.scale == s.scale && last.flat == s.flat && last.gap == s.gap && last.bits == s.bits &&
			last.slopNS == s.slopNS && last.wide == s.wide {
			last.end = s.end
			return
		}
	}
	c.spans = append(c.spans, s)
}

// finish emits what is left, when no sample will come any more. The last
// reading of an averaged power, as read, covers the time up to itself, and is
// held until then.
func (c *curve) finish(last Sample) {
	if c.averaged && c.hasPower {
		w := float64(last.PowerMW) / 1000
		for len(c.waiting) > 0 && c.waiting[0].TimeNS <= last.TimeNS {
			c.node(c.waiting[0].TimeNS, w, c.waiting[0].EnergyMJ)
			c.waiting = c.waiting[1:]
		}
		if len(c.waiting) == 0 && c.time[len(c.time)-1] < last.TimeNS {
			c.node(last.TimeNS, w, event.Missing)
		}
	}
	c.blind()
	if len(c.time) > 0 {
		c.counter.finish(c, len(c.time)-1)
	}
}

// drop forgets everything before the last emitted node.
func (c *curve) drop() {
	n := c.emitted
	if n > 0 {
		c.time = c.time[:copy(c.time, c.time[n:])]
		c.power = c.power[:copy(c.power, c.power[n:])]
		c.seg = c.seg[:copy(c.seg, c.seg[n:])]
		c.counter.shift(n)
		c.emitted = 0
	}
	c.spans = c.spans[:0]
}
