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
	maxGapNS int64
	averaged bool // the power reading is an average: it gives no shape inside a span
	declared declaredGaps
	counter  counter

	started   bool
	firstNS   int64
	hasPower  bool
	lastPower Sample   // the latest node with a power reading
	waiting   []Sample // nodes since then that had none, and may get one by interpolation

	nodes   []node
	spans   []span
	emitted int // nodes up to this index are in spans
	rateW   float64
	ratio   ratio
	seen    flagBits
}

// node is a moment, with the segment that ends at it.
type node struct {
	ns     int64
	watts  float64 // as read; NaN where it is not known
	joules float64 // of the segment, by power as read
	seg    segment
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
	wide   bool
	bits   flagBits
	slopNS int64 // how far energy may be misplaced in time; a segment's length when wide
}

// loose says that its energy is by power alone: no counter bounds it.
func (s *span) loose() bool { return s.wide && !s.flat && !s.gap && s.bits&bitSpanned == 0 }

// ratio is the running comparison of the counter with the integral of power.
type ratio struct{ counterJ, integralJ sum }

func (r *ratio) value() float64 {
	if c, p := r.counterJ.value(), r.integralJ.value(); c > 0 && p > 0 {
		return c / p
	}
	return 1
}

const nsPerS = 1e9

func seconds(ns int64) float64 { return float64(ns) / nsPerS }

// feed takes the next samples.
func (c *curve) feed(samples []Sample) {
	for i := range samples {
		s := &samples[i]
		switch {
		case s.PowerMW != event.Missing:
			w := float64(s.PowerMW) / 1000
			if len(c.waiting) > 0 {
				c.interpolate(s.TimeNS, w)
			}
			c.hasPower, c.lastPower = true, *s
			c.node(s.TimeNS, w, s.EnergyMJ)
		case s.EnergyMJ == event.Missing:
		case c.hasPower && s.TimeNS-c.lastPower.TimeNS <= c.maxGapNS:
			c.waiting = append(c.waiting, *s)
		default:
			c.blind()
			c.node(s.TimeNS, math.NaN(), s.EnergyMJ)
		}
	}
}

// interpolate gives the waiting nodes their power, now that the next reading is
// known, unless it is too far away.
func (c *curve) interpolate(ns int64, watts float64) {
	from, fromW := c.lastPower.TimeNS, float64(c.lastPower.PowerMW)/1000
	if ns-from > c.maxGapNS {
		c.blind()
		return
	}
	for _, q := range c.waiting {
		part := float64(q.TimeNS-from) / float64(ns-from)
		c.node(q.TimeNS, fromW+float64((watts-fromW)*part), q.EnergyMJ)
	}
	c.waiting = c.waiting[:0]
}

// blind gives up on the power of the waiting nodes.
func (c *curve) blind() {
	for _, q := range c.waiting {
		c.node(q.TimeNS, math.NaN(), q.EnergyMJ)
	}
	c.waiting = c.waiting[:0]
}

func (c *curve) node(ns int64, watts float64, energyMJ int64) {
	n := node{ns: ns, watts: watts}
	i := len(c.nodes)
	if i == 0 {
		if !c.started {
			c.started, c.firstNS = true, ns
		}
		c.nodes = append(c.nodes, n)
		c.counter.see(c, 0, energyMJ)
		return
	}
	last := &c.nodes[i-1]
	n.joules = float64((watts+last.watts)/2) * seconds(ns-last.ns)
	if ns-last.ns > c.maxGapNS || len(c.declared.all) > 0 && c.declared.touch(last.ns, ns) {
		n.seg |= segHole
	}
	if n.joules != n.joules {
		n.seg |= segBlind
	}
	c.nodes = append(c.nodes, n)
	k := &c.counter
	if n.seg == 0 {
		k.integralJ += n.joules
		k.sinceJ += n.joules
		if energyMJ == k.valueMJ && ns-k.sinceNS <= frozenMinNS && k.state == counterAnchor {
			k.readings++ // the common case: the counter stands still, for now
			k.readNS = ns
			return
		}
	} else {
		k.broken(c, n.seg)
	}
	k.see(c, i, energyMJ)
}

// settle emits nodes up to b as drawing energyJ, which the counter measured.
// integralJ is ∫P over them, and whole says that it is known throughout.
func (c *curve) settle(b int, energyJ, integralJ float64, whole bool, slopNS int64) {
	a := c.emitted
	lengthNS := c.nodes[b].ns - c.nodes[a].ns
	c.rateW = energyJ / seconds(lengthNS)
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
	s := span{scale: c.rateW, flat: true, slopNS: max(slopNS, lengthNS/2)}
	if total := c.across(a, b); !whole && !c.averaged && total > 0 {
		s.scale, s.flat = energyJ/total, false
	}
	for i := a + 1; i <= b; i++ {
		one := s
		one.end = i
		if c.nodes[i].seg&segHole != 0 {
			one.bits, one.wide = bitSpanned, true
		}
		c.push(one)
	}
	c.emitted = b
}

// across is ∫P from a to b with straight lines over holes; 0 when an end of a
// segment is not known.
func (c *curve) across(a, b int) float64 {
	total := 0.0
	for i := a + 1; i <= b; i++ {
		if c.nodes[i].seg&segBlind != 0 {
			return 0
		}
		total += c.nodes[i].joules
	}
	return total
}

// loose emits nodes up to b without the counter: by power times scale where it
// is known, as a gap where it is not. edge marks a stretch that is shorter than
// a counter step, over which the last rate stands in for power that is not read.
func (c *curve) loose(b int, scale float64, bits flagBits, edge bool) {
	if c.averaged {
		bits |= bitAveraged
	}
	for i := c.emitted + 1; i <= b; i++ {
		s := span{end: i, scale: scale, bits: bits, wide: true}
		switch seg := c.nodes[i].seg; {
		case seg&segBroken == 0:
		case edge && seg&segHole == 0:
			s.scale, s.flat = c.rateW, true
		default:
			s.gap, s.bits = true, bits|bitGap
			if seg&segBlind != 0 {
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
	switch a, b := c.nodes[i-1].watts, c.nodes[i].watts; {
	case a == a:
		return a
	case b == b:
		return b
	}
	return c.rateW
}

// push appends s, or lets the last span grow by it.
func (c *curve) push(s span) {
	c.seen |= s.bits
	if n := len(c.spans); n > 0 {
		last := &c.spans[n-1]
		if s.end = last.end; *last == s {
			last.end++
			return
		}
		s.end++
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
		if len(c.waiting) == 0 && c.nodes[len(c.nodes)-1].ns < last.TimeNS {
			c.node(last.TimeNS, w, event.Missing)
		}
	}
	c.blind()
	if len(c.nodes) > 0 {
		c.counter.finish(c, len(c.nodes)-1)
	}
}

// drop forgets everything before the last emitted node.
func (c *curve) drop() {
	if n := c.emitted; n > 0 {
		c.nodes = c.nodes[:copy(c.nodes, c.nodes[n:])]
		c.counter.shift(n)
		c.emitted = 0
	}
	c.spans = c.spans[:0]
}
