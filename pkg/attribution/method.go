package attribution

// How a method splits the power of a device among the attempts that it serves.
// At every moment an attempt is a member or not, and of the device's idle power
// each member gets the same part. Of the dynamic power, takers get a part each
// and the rest is split by rates; what that means is in crowd.parts.
type claim struct {
	member, taker bool
	rate          float64 // per nanosecond
}

// scheme is a method with its parameters.
type scheme struct {
	name            string
	equal           bool    // everyone is a taker, and has no rate
	queueFree       bool    // attempts in the queue are no members
	prefill, decode float64 // weight of a token
}

func newScheme(name string, o Options) scheme {
	return scheme{
		name:      name,
		equal:     name == EqualShare,
		queueFree: name == PhaseAware || name == Fitted,
		prefill:   o.PrefillTokenWeight,
		decode:    o.DecodeTokenWeight,
	}
}

// claim of an attempt in a phase.
func (s *scheme) claim(a *attempt, p phase) claim {
	if s.queueFree && p == phaseQueue {
		return claim{}
	}
	if s.equal {
		return claim{member: true, taker: true}
	}
	if a.bits&bitTokensMissing != 0 {
		return claim{member: true, taker: true}
	}
	in, out := float64(a.input), float64(a.output)
	from := a.edges[0]
	if s.queueFree {
		from = a.edges[1]
	}
	k := claim{member: true}
	switch {
	case a.bits&bitPhasesUnknown != 0:
		k.rate = slope(float64(s.prefill*in)+float64(s.decode*out), from, a.edges[3])
	case p == phaseDecode:
		k.rate = slope(s.decode*out, a.edges[2], a.edges[3])
	default:
		k.rate = slope(s.prefill*in, from, a.edges[2])
	}
	return k
}

// crowd is who is served at a moment under one method.
type crowd struct {
	members, takers int
	rates           strength
}

// strength is a sum of weights above zero that is exactly zero when there is none.
type strength struct {
	n int
	sum
}

func (s *strength) change(weight float64, by int) {
	if weight > 0 {
		s.n += by
		s.add(float64(by) * weight)
		if s.n == 0 {
			s.sum = sum{}
		}
	}
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
	}
	c.rates.change(k.rate, by)
}

// parts of a joule: what each taker gets, what a unit of rate gets, and what
// nobody gets.
type parts struct{ perTaker, perRate, nobody float64 }

// parts of a joule. A taker gets 1/n, and the rates share what takers leave.
func (c *crowd) parts() parts {
	if c.members == 0 {
		return parts{nobody: 1}
	}
	n := float64(c.members)
	rest := float64(c.members-c.takers) / n
	if c.rates.n == 0 {
		return parts{perTaker: 1 / n, nobody: rest}
	}
	return parts{perTaker: 1 / n, perRate: rest / c.rates.value()}
}
