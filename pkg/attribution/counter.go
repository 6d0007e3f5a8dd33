package attribution

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// The energy counter of a device stands still and then jumps. A jump says what
// was drawn up to the moment of the update, which lies between the reading that
// shows it and the one before, and no longer than a step before it. Two jumps
// therefore bound the energy between them; power gives the course in between.

const (
	// defaultStepNS is assumed when a counter's step is not stated: the longest
	// that is published for NVML's counter.
	defaultStepNS = int64(100e6)
	// spanFactor: two jumps are compared only when they are this many times as
	// far apart as the moment of a jump is uncertain.
	spanFactor = 4
	// A counter is frozen when it has stood still for ten steps, and for at
	// least a second, while at least a joule was drawn by the power reading.
	frozenSteps = 10
	frozenMinNS = int64(1e9)
	frozenMinJ  = 1.0
	// lostNS: after this long without a reading, or with one that stands still
	// and no power to compare it with, the counter is given up until it moves.
	lostNS = int64(60e9)
)

type counterState uint8

const (
	counterNone   counterState = iota // no reading
	counterFirst                      // readings, but no jump yet
	counterAnchor                     // at least one jump
)

// mark is a jump: the counter's value, and when it was reached.
type mark struct {
	node      int
	valueMJ   int64
	lagNS     int64   // the update was this long before the node, at best estimate
	lagJ      float64 // energy drawn in that time, negative when not known
	integralJ float64 // ∫P from the anchor to the node, where known
	whole     bool    // and whether it was known throughout
}

type counter struct {
	stepNS int64 // as stated; 0 unknown
	state  counterState

	valueMJ    int64 // latest reading
	readNS     int64
	fresh      bool // it is the first of its chain, and anchor describes it
	sinceNS    int64
	sinceJ     float64 // ∫P since the counter last moved
	sinceBlind bool

	anchor    mark
	latest    mark // latest jump after the anchor; node -1 when there is none
	integralJ float64
	whole     bool

	readings            int64
	jumps               int64
	firstJump, lastJump int64
}

func (k *counter) step() int64 {
	if k.stepNS > 0 {
		return k.stepNS
	}
	return defaultStepNS
}

func (k *counter) frozenNS() int64 { return max(frozenMinNS, frozenSteps*k.step()) }

// broken accounts for a segment of which power is not known throughout, before
// the reading at its end is seen.
func (k *counter) broken(c *curve, sg segment) {
	if sg&segHole != 0 && k.state == counterAnchor {
		// What was measured before a hole must not be spread into it.
		k.close(c)
	}
	k.whole, k.sinceBlind = false, true
}

// see handles node i, with its reading or without.
func (k *counter) see(c *curve, i int, valueMJ int64) {
	if valueMJ == event.Missing {
		k.silence(c, i)
		return
	}
	k.read(c, i, valueMJ)
}

// silence handles a node without a reading.
func (k *counter) silence(c *curve, i int) {
	switch {
	case k.state == counterNone:
		c.loose(i, c.ratio.value(), 0, false)
	case c.nodes[i].ns-k.readNS > lostNS:
		k.abandon(c, i, 0)
		k.state = counterNone
	}
}

// read handles a reading at node i.
func (k *counter) read(c *curve, i int, valueMJ int64) {
	k.readings++
	switch {
	case k.state == counterNone:
		c.loose(i, c.ratio.value(), 0, false)
		k.begin(c, i, valueMJ)
	case valueMJ < k.valueMJ:
		k.abandon(c, i, bitReset)
		k.begin(c, i, valueMJ)
	case valueMJ == k.valueMJ:
		k.hold(c, i)
	default:
		k.jump(c, i, valueMJ)
	}
	k.valueMJ, k.readNS = valueMJ, c.nodes[i].ns
}

func (k *counter) begin(c *curve, i int, valueMJ int64) {
	k.state = counterFirst
	k.still(c.nodes[i].ns)
	k.integralJ, k.whole = 0, true
	k.anchor = mark{node: i, valueMJ: valueMJ, lagNS: k.stepNS / 2, lagJ: lagJ(c, i, k.stepNS/2)}
	k.fresh = true
}

// still starts the watch for a frozen counter.
func (k *counter) still(ns int64) {
	k.sinceNS, k.sinceJ, k.sinceBlind = ns, 0, false
}

func (k *counter) hold(c *curve, i int) {
	k.fresh = false
	age := c.nodes[i].ns - k.sinceNS
	frozen := k.sinceJ >= frozenMinJ && age > k.frozenNS()
	if !frozen && age <= lostNS {
		return
	}
	var bits flagBits
	if frozen {
		bits = bitFrozen
	}
	k.abandon(c, i, bits)
	k.state = counterFirst
}

func (k *counter) jump(c *curve, i int, valueMJ int64) {
	gap := c.nodes[i].ns - k.readNS
	slop := min(gap, k.step())
	m := mark{node: i, valueMJ: valueMJ, lagNS: slop / 2, lagJ: lagJ(c, i, slop/2), integralJ: k.integralJ, whole: k.whole}
	k.jumps++
	if k.jumps == 1 {
		k.firstJump = c.nodes[i].ns
	}
	k.lastJump = c.nodes[i].ns
	k.still(c.nodes[i].ns)
	if k.state == counterFirst && k.fresh && k.stepNS > 0 && k.stepNS <= gap {
		// The counter moves between any two readings, so the first one was fresh too.
		k.state = counterAnchor
	}
	if k.state == counterFirst {
		k.state = counterAnchor
		k.anchor, k.latest = m, mark{node: -1}
		k.integralJ, k.whole = 0, true
		if k.jumps > 1 {
			c.loose(i, c.ratio.value(), 0, true)
		}
		return
	}
	k.latest, k.fresh = m, false
	if c.nodes[i].ns-c.nodes[k.anchor.node].ns >= spanFactor*slop || c.nodes[i].seg&segHole != 0 {
		k.close(c)
	}
}

// lagJ is the energy drawn in the last lagNS before node i by the power
// reading; negative when it is not known.
func lagJ(c *curve, i int, lagNS int64) float64 {
	w := c.nodes[i].watts
	if w != w {
		return -1
	}
	lag := seconds(lagNS)
	if i > 0 && c.nodes[i].seg&segBroken == 0 && lagNS <= c.nodes[i].ns-c.nodes[i-1].ns {
		dt := seconds(c.nodes[i].ns - c.nodes[i-1].ns)
		w -= float64((w - c.nodes[i-1].watts) * lag / (2 * dt))
	}
	return float64(w * lag)
}

// close settles the time from the anchor to the latest jump, which becomes the
// anchor. It does nothing when there is no such jump, or when the energy
// between them comes out as nothing, which the next jump will mend.
func (k *counter) close(c *curve) {
	a, b := k.anchor, k.latest
	if k.state != counterAnchor || b.node < 0 {
		return
	}
	energyJ := float64(b.valueMJ-a.valueMJ) / 1000
	if a.lagJ >= 0 && b.lagJ >= 0 {
		energyJ += b.lagJ - a.lagJ
	} else if apart := (c.nodes[b.node].ns - b.lagNS) - (c.nodes[a.node].ns - a.lagNS); apart > 0 {
		energyJ *= float64(c.nodes[b.node].ns-c.nodes[a.node].ns) / float64(apart)
	}
	if !(energyJ > 0) {
		return
	}
	if c.emitted < a.node {
		k.head(c, a, b, energyJ)
	}
	c.settle(b.node, energyJ, b.integralJ, b.whole, max(a.lagNS, b.lagNS))
	k.integralJ, k.whole = k.sinceJ, !k.sinceBlind
	k.anchor, k.latest = b, mark{node: -1}
}

// head emits the time before the first jump, scaled by what the first span shows.
func (k *counter) head(c *curve, a, b mark, energyJ float64) {
	scale := 1.0
	if b.whole && b.integralJ > 0 {
		scale = energyJ / b.integralJ
	}
	c.rateW = energyJ / seconds(c.nodes[b.node].ns-c.nodes[a.node].ns)
	c.loose(a.node, scale, 0, true)
}

// abandon settles what the counter has shown and leaves the rest, up to node i,
// to power.
func (k *counter) abandon(c *curve, i int, bits flagBits) {
	k.close(c)
	if k.state == counterAnchor && c.emitted < k.anchor.node {
		c.loose(k.anchor.node, c.ratio.value(), 0, true)
	}
	c.loose(i, c.ratio.value(), bits, false)
	k.state, k.latest.node, k.fresh = counterNone, -1, false
	k.integralJ, k.whole = 0, true
}

// finish settles up to the last node.
func (k *counter) finish(c *curve, last int) {
	k.close(c)
	if k.state == counterAnchor && c.emitted < k.anchor.node {
		c.loose(k.anchor.node, c.ratio.value(), 0, true)
	}
	c.loose(last, c.ratio.value(), 0, k.state == counterAnchor && c.nodes[last].ns-k.lastJump <= 2*k.step())
}

// shift renumbers the nodes after n were dropped.
func (k *counter) shift(n int) {
	k.anchor.node -= n
	if k.latest.node >= 0 {
		k.latest.node -= n
	}
}
