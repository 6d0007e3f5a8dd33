package attribution

// tape keeps what passed over a device, for methods that must see the whole run
// before they can split it: the energy between edges, and the edges. It is as
// long as the run has edges, which is why only such methods have one.
type tape struct {
	ticks   []tick
	held    tick
	covered int64
}

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
	t.ticks = append(t.ticks, t.held)
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
	for i := range d.tape.ticks {
		t := &d.tape.ticks[i]
		seen(t)
		if t.edge.ref == noRef {
			continue
		}
		p := d.parts.at(t.edge.ref)
		move(d.attempts.at(p.attempt), t.edge.ref, p.phase, t.edge.to)
		p.phase = t.edge.to
	}
}
