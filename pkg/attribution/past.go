package attribution

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// past is an attempt that is over, as the method that needs the whole run keeps it
// until then, while the attempt's place is free for another. It has no pointers:
// there are as many as attempts, and the garbage collector need not look at them.
type past struct {
	id     text
	number int32
	lot    uint32
	outcome
}

// outcome is what is told of an attempt under every method.
type outcome struct {
	coverage float64 // the part of its time, over all its devices, for which energy is known
	group    uint32
	bits     flagBits
}

// over sums up an attempt that has left all its devices.
func (a *attempt) over() outcome {
	o := outcome{group: a.group.index, bits: a.bits}
	coveredNS, allNS := int64(0), (a.edges[3]-a.edges[0])*int64(len(a.group.devices))
	for k, d := range a.group.devices {
		own := d.parts.at(a.parts[k])
		coveredNS += own.coveredNS
		o.bits |= own.bits
		if !d.curve.started || d.curve.firstNS >= a.edges[3] {
			o.bits |= bitNoData
		}
		if d.spec.IdlePowerMW == event.Missing {
			o.bits |= bitNoBaseline
		}
	}
	if coveredNS < allNS && o.bits&(bitGap|bitNoData) == 0 {
		o.bits |= bitOutside
	}
	if allNS > 0 {
		o.coverage = float64(coveredNS) / float64(allNS)
	}
	return o
}

// describe fills in an attempt's share under a method, with everything but energy
// and its name.
func (o *outcome) describe(s *Share, g *group, m *scheme, fit flagBits) {
	bits := o.bits | fit
	if m.equal {
		bits &^= bitTokensMissing
	}
	if !m.queueFree {
		bits &^= bitQueueUnknown
	}
	s.Method, s.Coverage, s.Known = m.name, o.coverage, o.coverage > 0
	s.Provenance, s.Flags = o.provenance(g), g.names(bits)
}

// provenance is the worst of its devices', and absent when nothing was measured.
func (o *outcome) provenance(g *group) event.Provenance {
	if o.coverage == 0 {
		return event.Absent
	}
	worst := event.Measured
	for _, d := range g.devices {
		worst = event.Worse(worst, d.spec.Provenance)
	}
	if o.bits&bitSpanned != 0 {
		worst = event.Worse(worst, event.Derived)
	}
	return worst
}
