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
	now := len(e.schemes) // methods that need no more
	if e.later >= 0 {
		now--
	}
	shares := e.shares[:0]
	if now > 0 {
		e.finished = e.canonical(e.finished, e.finishedName)
		shares = slices.Grow(shares, len(e.finished)*now)
	}
	for _, f := range e.finished {
		a := e.attempts.at(f.ref)
		over := a.over()
		if now > 0 {
			shares = e.appendShares(shares, a, &over)
		}
		e.keep(a, &over)
		e.forget(a, f.ref)
	}
	e.finished, e.shares = e.finished[:0], shares
	return shares
}

// keep is what the later method does with an attempt that is over: it remembers
// it, and between what the other methods lie.
func (e *Engine) keep(a *attempt, over *outcome) {
	if e.later < 0 {
		return
	}
	e.past.at(a.past).outcome = *over
	for k, d := range a.group.devices {
		p := d.parts.at(a.parts[k])
		l := e.lots.at(p.lot)
		l.misplaced = float32(p.misplaced(a))
		first := true
		tallies := d.tallies.row(p.tally)
		for m := range tallies {
			if m == e.later {
				continue
			}
			got := float32(tallies[m].dynamic + tallies[m].idle)
			if first {
				l.low, l.high, first = got, got, false
			}
			l.low, l.high = min(l.low, got), max(l.high, got)
		}
	}
}

// forget frees what an attempt takes that is over.
func (e *Engine) forget(a *attempt, ref uint32) {
	if at, ok := e.index.find(&e.attempts, e.index.hash(a.id, a.number), a.id, a.number); ok {
		e.index.remove(at)
	}
	for k, d := range a.group.devices {
		d.tallies.give(d.parts.at(a.parts[k]).tally)
		d.parts.give(a.parts[k])
	}
	e.attempts.give(ref)
}

// left is how many shares Close has to give.
func (e *Engine) left() int {
	if e.later < 0 {
		return len(e.finished) * len(e.schemes)
	}
	return len(e.finished)*(len(e.schemes)-1) + int(e.past.used)
}

// giveShares gives the shares that are left, in canonical order: those of
// attempts that Advance did not see finished, and of the later method all.
func (e *Engine) giveShares(take func(*Share)) {
	give := func(shares []Share) {
		for i := range shares {
			take(&shares[i])
		}
	}
	var shares []Share // of one attempt
	left := e.finished
	if e.later < 0 {
		for _, f := range left {
			a := e.attempts.at(f.ref)
			over := a.over()
			shares = e.appendShares(shares[:0], a, &over)
			give(shares)
		}
		return
	}
	var later Share
	for ref := range e.pastInOrder {
		p := e.past.at(ref)
		e.laterShare(&later, p)
		if len(left) == 0 || e.attempts.at(left[0].ref).past != ref {
			take(&later)
			continue
		}
		shares = e.appendShares(shares[:0], e.attempts.at(left[0].ref), &p.outcome)
		left = left[1:]
		give(shares[:e.later]) // methods are in order
		take(&later)
		give(shares[e.later:])
	}
}

// pastInOrder are the attempts that are over, in canonical order, in which they
// often came.
func (e *Engine) pastInOrder(yield func(ref uint32) bool) {
	if e.jumbled {
		e.pastSorted(yield)
		return
	}
	for ref := range e.past.used {
		if !yield(ref) {
			return
		}
	}
}

func (e *Engine) pastSorted(yield func(ref uint32) bool) {
	all := make([]keyed, e.past.used)
	for i := range all {
		all[i].ref = uint32(i)
	}
	for _, f := range e.canonical(all, e.pastName) {
		if !yield(f.ref) {
			return
		}
	}
}

func compareShares(s *Share, id string, attempt int, method string) int {
	return cmp.Or(strings.Compare(s.RequestID, id), cmp.Compare(s.Attempt, attempt), strings.Compare(s.Method, method))
}

func (e *Engine) finishedName(ref uint32) name { return e.attempts.at(ref).name }

func (e *Engine) pastName(ref uint32) name {
	p := e.past.at(ref)
	return name{e.ids.of(p.id), int(p.number)}
}

// canonical puts attempts into the order of their ids and numbers.
func (e *Engine) canonical(list []keyed, of func(ref uint32) name) []keyed {
	if len(list) == 0 {
		return list
	}
	first := of(list[0].ref).id
	skip := len(first)
	for _, f := range list {
		skip = min(skip, commonPrefix(first[:skip], of(f.ref).id))
	}
	for i := range list {
		list[i].key = prefixKey(of(list[i].ref).id, skip)
	}
	list, e.spare = sortKeyed(list, e.spare, func(a, b keyed) int { return of(a.ref).compare(of(b.ref)) })
	return list
}

// appendShares adds an attempt's shares under all methods but the later one.
func (e *Engine) appendShares(shares []Share, a *attempt, over *outcome) []Share {
	first := len(shares)
	for m := range e.schemes {
		if m == e.later {
			continue
		}
		shares = append(shares, Share{})
		s := &shares[len(shares)-1]
		s.RequestID, s.Attempt = a.id, a.number
		over.describe(s, a.group, &e.schemes[m], 0)
		var b bounds
		for k, d := range a.group.devices {
			p := d.parts.at(a.parts[k])
			t := &d.tallies.row(p.tally)[m]
			s.DynamicJ += t.dynamic
			s.IdleJ += t.idle
			s.QueueJ += t.phases[0]
			s.PrefillJ += t.phases[1]
			s.DecodeJ += t.phases[2]
			b.measured(t.dynamic+t.idle, t.gap, p.misplaced(a), d)
		}
		s.bound(b)
	}
	distance(shares[first:])
	return shares
}

// laterShare fills in an attempt's share under the later method.
func (e *Engine) laterShare(s *Share, p *past) {
	g := e.listed[p.group]
	*s = Share{RequestID: e.ids.of(p.id), Attempt: int(p.number)}
	var fit flagBits
	var b bounds
	for k, d := range g.devices {
		if !d.timed {
			fit |= bitTokensUntimed
		}
		if !d.fit.Usable {
			fit |= bitFitUnusable
		}
		l := e.lots.at(p.lot + uint32(k))
		idle, prefill := min(float64(l.idle), l.joules), min(float64(l.prefill), l.joules)
		s.DynamicJ += l.joules - idle
		s.IdleJ += idle
		s.PrefillJ += prefill
		s.DecodeJ += l.joules - prefill
		b.measured(l.joules, float64(l.gap), float64(l.misplaced), d)
		b.methodJ += d.doubt(l)
	}
	p.describe(s, g, &e.schemes[e.later], fit)
	s.bound(b)
}

// names are the flags of b and of the group's devices.
func (g *group) names(b flagBits) []string {
	if g.named && g.lastBits == b {
		return g.lastNames
	}
	names, ok := g.flags[b]
	if !ok {
		names = g.makeNames(b)
		g.flags[b] = names
	}
	g.named, g.lastBits, g.lastNames = true, b, names
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
