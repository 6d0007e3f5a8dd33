package attribution

import "math"

// tape keeps what passed over a device, for methods that must see the whole run
// before they can split it: the energy between edges, and the edges. It is as
// long as the run has edges, which is why only such methods have one.
type tape struct {
	blocks [][]tick // they do not move, and nothing is copied as it grows
	// Held until the next edge.
	energy, gapJ float64
	heldNS       int64

	covered int64
	firstNS int64 // of the first edge, when there is any, and of the last
	lastNS  int64
	any     bool
}

const tapeBlock = 1 << 12

// tick is the energy before an edge, and the edge. It is small, since memory is what
// long runs cost most.
type tick struct {
	energy   float64
	ns       uint32  // measured time
	beats    float32 // up to the edge; time in nanoseconds until it is known better, see beat.go
	ref      uint32
	from, to phase
	present  bool // somebody was in flight
	gap      bool // energy is that of a gap: of the time of the next tick, and no edge
}

// decode says whether an attempt begins or ends to decode at the edge.
func (x *tick) decode() bool { return x.from == phaseDecode || x.to == phaseDecode }

// maxTickNS is the longest time of a tick. More takes several.
const maxTickNS = math.MaxUint32

// hold adds to what comes before the next edge.
func (t *tape) hold(energy, gap float64, coveredNS int64) {
	t.energy += energy
	t.gapJ += gap
	t.heldNS += coveredNS - t.covered
	t.covered = coveredNS
}

// edge moves an attempt, in the presence of some others or of nobody.
func (t *tape) edge(e keyed, from phase, present bool) {
	if t.gapJ != 0 {
		*t.next() = tick{energy: t.gapJ, ref: noRef, gap: true}
		t.gapJ = 0
	}
	beats := 0.0
	if e.ref != noRef {
		at := e.time()
		if !t.any {
			t.firstNS, t.lastNS, t.any = at, at, true
		}
		beats = float64(at - t.lastNS)
		t.lastNS = at
	}
	for t.heldNS > maxTickNS {
		f := maxTickNS / float64(t.heldNS)
		x := tick{energy: t.energy * f, ns: maxTickNS, beats: float32(beats * f), ref: noRef, present: present}
		t.energy, t.heldNS, beats = t.energy-x.energy, t.heldNS-maxTickNS, beats-float64(x.beats)
		*t.next() = x
	}
	// Field by field: a tick that is put together elsewhere and copied waits for its
	// small parts to be written.
	x := t.next()
	x.energy, x.ns, x.beats = t.energy, uint32(t.heldNS), float32(beats)
	x.ref, x.from, x.to, x.present = e.ref, from, e.to, present
	t.energy, t.heldNS = 0, 0
}

// next is a place for one more tick.
func (t *tape) next() *tick {
	n := len(t.blocks)
	if n == 0 || len(t.blocks[n-1]) == tapeBlock {
		t.blocks = append(t.blocks, make([]tick, 0, tapeBlock))
		n++
	}
	block := &t.blocks[n-1]
	*block = (*block)[:len(*block)+1]
	return &(*block)[len(*block)-1]
}

// end keeps the energy after the last edge.
func (t *tape) end(present bool) {
	if t.energy != 0 || t.heldNS != 0 || t.gapJ != 0 {
		t.edge(keyed{ref: noRef}, phaseNone, present)
	}
}

const noRef = ^uint32(0)

// ticks are all of them, in order.
func (t *tape) ticks(yield func(*tick) bool) {
	for _, block := range t.blocks {
		for i := range block {
			if !yield(&block[i]) {
				return
			}
		}
	}
}

// timed are all of them, in order, with their time, as long as beats are time.
func (t *tape) timed(yield func(int64, *tick) bool) {
	passed := 0.0 // since the first edge
	for x := range t.ticks {
		passed += float64(x.beats)
		if !yield(t.firstNS+int64(passed), x) {
			return
		}
	}
}

// pieces are the ticks cut into blocks of measured time. What comes before an
// edge may be in several; ends says that a block ends with a piece.
// A piece is yield's only until it returns.
func (t *tape) pieces(blockNS int64, yield func(x *tick, ends bool)) {
	var ns int64
	var part, rest tick
	for x := range t.ticks {
		for ns+int64(x.ns) >= blockNS {
			rest = *x
			x = &rest
			// Not at an edge: the moments at which the server begins something
			// are where sensors misplace most.
			part = tick{ns: uint32(blockNS - ns), ref: noRef, present: x.present}
			f := float64(part.ns) / float64(x.ns)
			part.energy, part.beats = x.energy*f, float32(float64(x.beats)*f)
			x.energy, x.beats, x.ns = x.energy-part.energy, x.beats-part.beats, x.ns-part.ns
			yield(&part, true)
			ns = 0
		}
		ns += int64(x.ns)
		yield(x, false)
	}
}
