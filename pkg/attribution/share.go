package attribution

import (
	"cmp"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Share is one attempt's part under one method. Energies in joules.
type Share struct {
	RequestID string
	Attempt   int
	Method    string
	// EnergyJ = DynamicJ + IdleJ = QueueJ + PrefillJ + DecodeJ.
	EnergyJ, DynamicJ, IdleJ  float64
	QueueJ, PrefillJ, DecodeJ float64
	LowJ, HighJ               float64
	// MethodJ is the part of the distance to LowJ and to HighJ that is doubt about
	// the method, and not about the measurement: how far it may be wrong, or how far
	// the others are that ran beside it.
	MethodJ float64
	// Coverage is the part of its time, over all its devices, for which energy is known.
	Coverage   float64
	Provenance event.Provenance
	// Known is false when nothing was measured while it ran: the energies are then
	// meaningless and must be written as missing.
	Known bool
	// Flags are sorted, and shared between shares: read, do not write.
	Flags []string
}

// takeFinished turns finished attempts into shares, in canonical order.
func (e *Engine) takeFinished() []Share {
	if len(e.finished) == 0 {
		return nil
	}
	var shares []Share
	now := len(e.schemes) // methods that need no more
	if e.later >= 0 {
		now--
	}
	if now > 0 {
		e.finished = e.canonical(e.finished)
		shares = make([]Share, 0, len(e.finished)*now)
	}
	for _, f := range e.finished {
		a := e.attempts.at(f.ref)
		if now > 0 {
			shares = e.appendShares(shares, a, false)
		}
		e.forget(a, f.ref)
	}
	e.finished = e.finished[:0]
	return shares
}

// forget frees what a finished attempt takes, or as much as the later method
// can do without.
func (e *Engine) forget(a *attempt, ref uint32) {
	if e.closed {
		for k, d := range a.group.devices {
			d.compare(a.parts[k])
		}
		return
	}
	if at, ok := e.index.find(&e.attempts, e.index.hash(a.id, a.number), a.id, a.number); ok {
		e.index.remove(at)
	}
	for k, d := range a.group.devices {
		d.compare(a.parts[k])
		d.tallies.give(d.parts.at(a.parts[k]).tally)
		if e.later < 0 {
			d.parts.give(a.parts[k])
		}
	}
	if e.later < 0 {
		e.attempts.give(ref)
	}
}

// compare keeps, for the later method, between what the others lie.
func (d *device) compare(i uint32) {
	if d.later < 0 || len(d.running) == 1 {
		return
	}
	l, first := d.lots.at(i), true
	for m, t := range d.tallies.row(d.parts.at(i).tally) {
		if got := t.dynamic + t.idle; m != d.later && first {
			l.low, l.high, first = got, got, false
		} else if m != d.later {
			l.low, l.high = min(l.low, got), max(l.high, got)
		}
	}
}

// withLater merges the shares of the method that needed the whole run, and so of
// every attempt there was, into others, which are in order.
func (e *Engine) withLater(others []Share) []Share {
	if e.attempts.used == 0 {
		return others
	}
	all := make([]keyed, e.attempts.used)
	for i := range all {
		all[i].ref = uint32(i)
	}
	all = e.canonical(all)
	shares := make([]Share, 0, len(others)+len(all))
	for _, f := range all {
		a := e.attempts.at(f.ref)
		for len(others) > 0 && compareShares(&others[0], a.id, a.number, Fitted) < 0 {
			shares, others = append(shares, others[0]), others[1:]
		}
		shares = e.appendShares(shares, a, true)
	}
	return append(shares, others...)
}

func compareShares(s *Share, id string, attempt int, method string) int {
	return cmp.Or(strings.Compare(s.RequestID, id), cmp.Compare(s.Attempt, attempt), strings.Compare(s.Method, method))
}

// canonical puts attempts into the order of their ids and numbers.
func (e *Engine) canonical(list []keyed) []keyed {
	if len(list) == 0 {
		return list
	}
	first := e.attempts.at(list[0].ref).id
	skip := len(first)
	for _, f := range list {
		skip = min(skip, commonPrefix(first[:skip], e.attempts.at(f.ref).id))
	}
	for i := range list {
		list[i].key = prefixKey(e.attempts.at(list[i].ref).id, skip)
	}
	list, e.spare = sortKeyed(list, e.spare, func(a, b keyed) int {
		return e.attempts.at(a.ref).compare(e.attempts.at(b.ref))
	})
	return list
}

// appendShares adds an attempt's shares: of the later method, or of the others.
func (e *Engine) appendShares(shares []Share, a *attempt, later bool) []Share {
	bits := a.bits &^ bitQueueUnknown
	var coveredNS int64
	provenance := event.Measured
	for k, d := range a.group.devices {
		p := d.parts.at(a.parts[k])
		coveredNS += p.coveredNS
		bits |= p.bits
		provenance = worse(provenance, d.spec.Provenance)
		if !d.curve.started || d.curve.firstNS >= a.edges[3] {
			bits |= bitNoData
		}
		if d.spec.IdlePowerMW == event.Missing {
			bits |= bitNoBaseline
		}
	}
	lifeNS := a.edges[3] - a.edges[0]
	var fit flagBits
	for _, d := range a.group.devices {
		if !d.timed {
			fit |= bitTokensUntimed
		}
		if !d.fit.Usable {
			fit |= bitFitUnusable
		}
	}
	all := lifeNS * int64(len(a.group.devices))
	coverage := 0.0
	if all > 0 {
		coverage = float64(coveredNS) / float64(all)
	}
	if coveredNS < all && bits&(bitGap|bitNoData) == 0 {
		bits |= bitOutside
	}
	if bits&bitSpanned != 0 {
		provenance = worse(provenance, event.Derived)
	}
	if coveredNS == 0 {
		provenance = event.Absent
	}
	first := len(shares)
	for m := range e.schemes {
		if later != (m == e.later) {
			continue
		}
		own := bits
		if e.schemes[m].equal {
			own &^= bitTokensMissing
		}
		if e.schemes[m].queueFree {
			own |= a.bits & bitQueueUnknown
		}
		if later {
			own |= fit
		}
		names := a.group.names(own)
		shares = append(shares, Share{})
		s := &shares[len(shares)-1]
		s.RequestID, s.Attempt, s.Method = a.id, a.number, e.schemes[m].name
		s.Coverage, s.Provenance, s.Known, s.Flags = coverage, provenance, coveredNS > 0, names
		s.gather(a, m)
	}
	distance(shares[first:])
	return shares
}

// gather adds up what the attempt got on its devices.
func (s *Share) gather(a *attempt, m int) {
	for k, d := range a.group.devices {
		if m == d.later {
			l := d.lots.at(a.parts[k])
			s.DynamicJ += max(0, l.prefill+l.decode-l.idle)
			s.IdleJ += l.idle
			s.PrefillJ += l.prefill
			s.DecodeJ += l.decode
			continue
		}
		t := &d.tallies.row(d.parts.at(a.parts[k]).tally)[m]
		s.DynamicJ += t.dynamic
		s.IdleJ += t.idle
		s.QueueJ += t.phases[0]
		s.PrefillJ += t.phases[1]
		s.DecodeJ += t.phases[2]
	}
	s.EnergyJ = s.DynamicJ + s.IdleJ
	s.bound(a, m)
}

var provenanceOrder = []event.Provenance{event.Measured, event.Derived, event.Modelled, event.Absent}

// worse is the lesser of two provenances; "" stands for measured.
func worse(a, b event.Provenance) event.Provenance {
	if slices.Index(provenanceOrder, b) > slices.Index(provenanceOrder, a) {
		return b
	}
	return a
}

// names are the flags of b and of the group's devices.
func (g *group) names(b flagBits) []string {
	if g.lastNames != nil && g.lastBits == b {
		return g.lastNames
	}
	names, ok := g.flags[b]
	if !ok {
		names = g.makeNames(b)
		g.flags[b] = names
	}
	g.lastBits, g.lastNames = b, names
	return names
}

func (g *group) makeNames(b flagBits) []string {
	var own []string
	for _, d := range g.devices {
		own = append(own, d.spec.Flags...)
	}
	return b.names(own)
}

// SortShares puts shares into canonical order: request id, attempt, method.
func SortShares(shares []Share) {
	slices.SortFunc(shares, func(a, b Share) int { return compareShares(&a, b.RequestID, b.Attempt, b.Method) })
}
