package attribution

// tape keeps what passed over a device, for methods that must see the whole run
// before they can split it: the energy between edges, and the edges. It is as
// long as the run has edges, which is why only such methods have one.
type tape struct {
	blocks  [][]tick // they do not move, and nothing is copied as it grows
	held    tick
	gapJ    float64 // held too
	covered int64
	firstNS int64 // of the first edge, when there is any, and of the last
	lastNS  int64
	any     bool
}

const tapeBlock = 1 << 12

// tick is the energy before an edge, and the edge. It is small, since long runs
// are limited by memory.
type tick struct {
	energy   float64
	ns       int64   // measured time
	beats    float64 // up to the edge; time in nanoseconds until it is known better, see beat.go
	ref      uint32
	from, to phase
	present  bool // somebody was in flight
	gap      bool // energy is that of a gap: of the time of the next tick, and no edge
}

// hold adds to what comes before the next edge.
func (t *tape) hold(energy, gap float64, coveredNS int64) {
	t.held.energy += energy
	t.gapJ += gap
	t.held.ns += coveredNS - t.covered
	t.covered = coveredNS
}

// edge moves an attempt, in the presence of some others or of nobody.
func (t *tape) edge(e keyed, from phase, present bool) {
	if t.gapJ != 0 {
		t.append(tick{energy: t.gapJ, ref: noRef, gap: true})
		t.gapJ = 0
	}
	h := &t.held
	if e.ref != noRef {
		at := e.time()
		if t.any {
			h.beats = float64(at - t.lastNS)
		} else {
			t.firstNS, t.any = at, true
		}
		t.lastNS = at
	}
	h.ref, h.from, h.to, h.present = e.ref, from, e.to, present
	t.append(*h)
	*h = tick{}
}

func (t *tape) append(x tick) {
	n := len(t.blocks)
	if n == 0 || len(t.blocks[n-1]) == tapeBlock {
		t.blocks = append(t.blocks, make([]tick, 0, tapeBlock))
		n++
	}
	t.blocks[n-1] = append(t.blocks[n-1], x)
}

// end keeps the energy after the last edge.
func (t *tape) end(present bool) {
	if t.held != (tick{}) || t.gapJ != 0 {
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

// pieces are the ticks cut into blocks of measured time. What comes before an
// edge may be in several; ends says that a block ends with a piece.
// A piece is yield's only until it returns.
func (t *tape) pieces(blockNS int64, yield func(x *tick, ends bool)) {
	var ns int64
	var part, x tick
	for whole := range t.ticks {
		x = *whole
		for ns+x.ns >= blockNS {
			// Not at an edge: the moments at which the server begins something
			// are where sensors misplace most.
			part = tick{ns: blockNS - ns, ref: noRef, present: x.present}
			f := float64(part.ns) / float64(x.ns)
			part.energy, part.beats = x.energy*f, x.beats*f
			x.energy, x.beats, x.ns = x.energy-part.energy, x.beats-part.beats, x.ns-part.ns
			yield(&part, true)
			ns = 0
		}
		ns += x.ns
		yield(&x, false)
	}
}
