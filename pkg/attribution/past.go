package attribution

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// past is what is told of an attempt that is over, under every method. For the
// method that needs the whole run it is kept until then, and the attempt's place
// is free for another.
type past struct {
	name
	group     *group
	lifeNS    int64
	coveredNS int64 // over all its devices
	lot       uint32
	bits      flagBits
}

// over sums up an attempt that has left all its devices.
func (a *attempt) over() past {
	p := past{name: a.name, group: a.group, lifeNS: a.edges[3] - a.edges[0], lot: a.lot, bits: a.bits}
	for k, d := range a.group.devices {
		own := d.parts.at(a.parts[k])
		p.coveredNS += own.coveredNS
		p.bits |= own.bits
		if !d.curve.started || d.curve.firstNS >= a.edges[3] {
			p.bits |= bitNoData
		}
		if d.spec.IdlePowerMW == event.Missing {
			p.bits |= bitNoBaseline
		}
	}
	if p.coveredNS < p.allNS() && p.bits&(bitGap|bitNoData) == 0 {
		p.bits |= bitOutside
	}
	return p
}

// allNS is its time on all its devices.
func (p *past) allNS() int64 { return p.lifeNS * int64(len(p.group.devices)) }

// describe fills in an attempt's share under a method, with everything but energy.
func (p *past) describe(s *Share, m *scheme, fit flagBits) {
	bits := p.bits | fit
	if m.equal {
		bits &^= bitTokensMissing
	}
	if !m.queueFree {
		bits &^= bitQueueUnknown
	}
	s.RequestID, s.Attempt, s.Method = p.id, p.number, m.name
	s.Provenance, s.Known, s.Flags = p.provenance(), p.coveredNS > 0, p.group.names(bits)
	if all := p.allNS(); all > 0 {
		s.Coverage = float64(p.coveredNS) / float64(all)
	}
}

// provenance is the worst of its devices', and absent when nothing was measured.
func (p *past) provenance() event.Provenance {
	if p.coveredNS == 0 {
		return event.Absent
	}
	worst := event.Measured
	for _, d := range p.group.devices {
		worst = event.Worse(worst, d.spec.Provenance)
	}
	if p.bits&bitSpanned != 0 {
		worst = event.Worse(worst, event.Derived)
	}
	return worst
}
