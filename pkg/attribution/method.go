package attribution

// How a method splits the power of a device among the attempts that it serves.
// At every moment an attempt is a member or not (of the device's idle power
// each member gets the same part), is a taker or not (takers get equal parts of
// the dynamic power), and has a rate (what takers leave is split by rates).
type claim struct {
	member, taker bool
	rate          float64
}

// scheme is a method with its parameters.
type scheme struct {
	name            string
	equal           bool // everyone is a taker
	queueFree       bool // attempts in the queue are no members
	prefill, decode float64
}

func newScheme(name string, o Options) scheme {
	return scheme{
		name:      name,
		equal:     name == EqualShare,
		queueFree: name == PhaseAware,
		prefill:   o.PrefillTokenWeight,
		decode:    o.DecodeTokenWeight,
	}
}

// claim of an attempt in a phase.
func (s *scheme) claim(a *attempt, p phase) claim {
	if s.queueFree && p == phaseQueue {
		return claim{}
	}
	if s.equal || a.bits&bitTokensMissing != 0 {
		return claim{member: true, taker: true}
	}
	from := a.edges[0]
	if s.queueFree {
		from = a.edges[1]
	}
	switch {
	case a.bits&bitPhasesUnknown != 0:
		units := float64(s.prefill*float64(a.input)) + float64(s.decode*float64(a.output))
		return claim{member: true, rate: slope(units, from, a.edges[3])}
	case p == phaseDecode:
		return claim{member: true, rate: slope(s.decode*float64(a.output), a.edges[2], a.edges[3])}
	}
	return claim{member: true, rate: slope(s.prefill*float64(a.input), from, a.edges[2])}
}

// crowd is who is served at a moment under one method.
type crowd struct {
	members, takers int
	rated           int // members with a rate above zero
	rates           sum
}

func (c *crowd) enter(k claim) { c.change(k, 1) }
func (c *crowd) leave(k claim) { c.change(k, -1) }

func (c *crowd) change(k claim, by int) {
	if !k.member {
		return
	}
	c.members += by
	if k.taker {
		c.takers += by
		return
	}
	if k.rate > 0 {
		c.rated += by
		c.rates.add(float64(by) * k.rate)
		if c.rated == 0 {
			c.rates = sum{}
		}
	}
}

// parts of a joule: what each taker gets, what a unit of rate gets, and what
// nobody gets.
func (c *crowd) parts() (perTaker, perRate, nobody float64) {
	if c.members == 0 {
		return 0, 0, 1
	}
	n := float64(c.members)
	perTaker = 1 / n
	rest := float64(c.members-c.takers) / n
	if c.rated > 0 {
		return perTaker, rest / c.rates.value(), 0
	}
	return perTaker, 0, rest
}
