package attribution

// tape keeps what passed over a device, for methods that must see the whole run
// before they can split it: the energy between edges, and the edges. It is as
// long as the run has edges, which is why only such methods have one.
type tape struct {
	blocks  [][]tick // they do not move, and nothing is copied as it grows
	held    tick
	covered int64
}

const tapeBlock = 1 << 12

// tick is the energy before an edge, and the edge.
type tick struct {
	energy, idle, gap float64
	ns                int64   // measured time
	beats             float64 // up to the edge
	edge              keyed
}

func (t *tape) hold(energy, idle, gap float64, coveredNS int64) {
	t.held = tick{energy: energy, idle: idle, gap: gap, ns: coveredNS - t.covered}
	t.covered = coveredNS
}

func (t *tape) edge(e keyed) {
	t.held.edge = e
	n := len(t.blocks)
	if n == 0 || len(t.blocks[n-1]) == tapeBlock {
		t.blocks = append(t.blocks, make([]tick, 0, tapeBlock))
		n++
	}
	t.blocks[n-1] = append(t.blocks[n-1], t.held)
	t.held = tick{}
}

// end keeps the energy after the last edge.
func (t *tape) end() {
	if t.held != (tick{}) {
		t.edge(keyed{ref: noRef})
	}
}

const noRef = ^uint32(0)

// replay gives every tick to seen, and then moves the attempt of its edge.
func (d *device) replay(seen func(*tick), move func(a *attempt, ref uint32, from, to phase)) {
	for _, block := range d.tape.blocks {
		for i := range block {
			t := &block[i]
			seen(t)
			if t.edge.ref == noRef {
				continue
			}
			p := d.parts.at(t.edge.ref)
			move(d.attempts.at(p.attempt), t.edge.ref, p.phase, t.edge.to)
			p.phase = t.edge.to
		}
	}
}
