package attribution

// The merge pass over one device: curve segments and the edges of attempts, in
// order of time. Between two edges who is served does not change, so what an
// attempt gets is its claim times the growth of a few running integrals that
// are the same for everybody; they are advanced at edges only, and the work per
// sample does not depend on how many methods or attempts there are.

// meter accumulates since the last edge.
type meter struct{ energy, idle, gap sum }

// piece accounts for joules over a time within which nobody comes or goes.
func (d *device) piece(s *span, fromNS, toNS int64, joules float64) {
	if toNS <= fromNS {
		return
	}
	if s.bits != 0 {
		for i := range d.touched {
			if s.bits&(1<<i) != 0 {
				d.touched[i] = toNS
			}
		}
	}
	if s.gap {
		d.meter.gap.add(joules)
		d.gapNS += toNS - fromNS
		return
	}
	d.coveredNS += toNS - fromNS
	d.meter.energy.add(joules)
	d.meter.idle.add(min(joules, float64(d.idleW*seconds(toNS-fromNS))))
}

// run passes over every emitted span, and over the edges up to their end.
func (d *device) run() {
	c := &d.curve
	if len(c.spans) == 0 {
		return
	}
	if !d.ran {
		d.ran = true
		d.skip(c.nodes[0].ns - 1) // before the first node nothing is measured
	}
	from := 0
	for i := range c.spans {
		s := &c.spans[i]
		for from < s.end {
			if n := d.quiet(s, from); n > from {
				from = n
				continue
			}
			a, b := &c.nodes[from], &c.nodes[from+1]
			d.segment(s, a.ns, b.ns, a.watts, b.watts)
			from++
		}
	}
	c.drop()
}

// quiet passes over the segments of a span from a node on in which nobody comes
// or goes, and returns the node where it stopped.
func (d *device) quiet(s *span, from int) int {
	nodes := d.curve.nodes[from : s.end+1]
	untilNS := d.toNS
	if d.next < len(d.edges) {
		untilNS = min(untilNS, d.edges[d.next].time()-1)
	}
	if s.bits != 0 || nodes[0].ns < d.fromNS || nodes[1].ns > untilNS {
		return from
	}
	energy, idle := d.meter.energy, d.meter.idle
	n := 1
	for ; n < len(nodes) && nodes[n].ns <= untilNS; n++ {
		dt := seconds(nodes[n].ns - nodes[n-1].ns)
		joules := float64(s.scale * nodes[n].joules)
		if s.flat {
			joules = float64(s.scale * dt)
		}
		energy.add(joules)
		idle.add(min(joules, float64(d.idleW*dt)))
	}
	d.margin.pass(s.slop(nodes[1].ns - nodes[0].ns))
	d.margin.pass(s.slop(nodes[n-1].ns - nodes[n-2].ns))
	if s.loose() {
		for i := range n - 1 {
			d.margin.line(s, nodes[i+1].ns-nodes[i].ns, nodes[i].watts, nodes[i+1].watts)
		}
	}
	d.meter.energy, d.meter.idle = energy, idle
	d.coveredNS += nodes[n-1].ns - nodes[0].ns
	return from + n - 1
}

// slop is how far energy may be misplaced in a segment of a span. The course
// between two readings is drawn straight: it may be off by a quarter of the time
// between them.
func (s *span) slop(ns int64) int64 {
	if s.wide {
		return ns
	}
	return max(s.slopNS, ns/4)
}

// segment passes over one straight piece of the curve in which somebody comes
// or goes, cut to the window.
func (d *device) segment(s *span, t0, t1 int64, w0, w1 float64) {
	if t0 < d.toNS && t1 > d.fromNS {
		d.margin.pass(s.slop(t1 - t0))
		if s.loose() {
			d.margin.line(s, t1-t0, w0, w1)
		}
	}
	w0, w1 = float64(w0*s.scale), float64(w1*s.scale)
	if s.flat {
		w0, w1 = s.scale, s.scale
	}
	slopNS := s.slop(t1 - t0)
	slope, end := (w1-w0)/float64(t1-t0), t1
	if t0 < d.fromNS || t1 > d.toNS {
		if t1 <= d.fromNS || t0 >= d.toNS {
			d.skip(t1)
			return
		}
		if t0 < d.fromNS {
			d.skip(d.fromNS)
			w0 += float64(slope * float64(d.fromNS-t0))
			t0 = d.fromNS
		}
		if t1 > d.toNS {
			w1 = w0 + float64(slope*float64(d.toNS-t0))
			t1 = d.toNS
		}
	}
	for d.next < len(d.edges) && d.edges[d.next].key <= keyOfTime(t1) {
		e := d.edges[d.next]
		d.next++
		at := e.time()
		if at > t0 {
			w := w0 + float64(slope*float64(at-t0))
			d.piece(s, t0, at, float64((w0+w)/2)*seconds(at-t0))
			t0, w0 = at, w
		}
		d.edge(e, slopNS)
	}
	d.piece(s, t0, t1, float64((w0+w1)/2)*seconds(t1-t0))
	d.skip(end)
}

// skip passes over edges up to and at t, for time that is not measured.
func (d *device) skip(t int64) {
	for d.next < len(d.edges) && d.edges[d.next].key <= keyOfTime(t) {
		e := d.edges[d.next]
		d.next++
		d.edge(e, 0)
	}
}
