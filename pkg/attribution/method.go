package attribution

// How a method splits the power of a device among the attempts that it serves.
// At every moment an attempt is a member or not, and of the device's idle power
// each member gets the same part. Of the dynamic power, takers get a part each
// and the rest is split by rates; what that means is in crowd.parts.
type claim struct {
	member, taker bool
	rate          float64 // per nanosecond
	beat          float64 // per beat, see beat.go
}

// scheme is a method with its parameters.
type scheme struct {
	name            string
	equal           bool    // everyone is a taker, and has no rate
	fitted          bool    // everyone is a taker, and has a rate besides
	queueFree       bool    // attempts in the queue are no members
	prefill, decode float64 // weight of a token, or joules when fitted
	context         float64 // fitted: joules per generated token and thousand tokens before it
	baseW           float64 // fitted: power above idle while anyone is served
	// meanIn and meanOut stand in for tokens that are missing, when fitted.
	meanIn, meanOut float64
}

func newScheme(name string, o Options) scheme {
	return scheme{
		name:      name,
		equal:     name == EqualShare,
		fitted:    name == Fitted,
		queueFree: name == PhaseAware || name == Fitted,
		prefill:   o.PrefillTokenWeight,
		decode:    o.DecodeTokenWeight,
	}
}

// claim of an attempt in a phase; t is what a fitted scheme knows of it besides.
func (s *scheme) claim(a *attempt, p phase, t *tally) claim {
	if s.queueFree && p == phaseQueue {
		return claim{}
	}
	if s.equal {
		return claim{member: true, taker: true}
	}
	if s.fitted {
		f := s.flow(a, p, t)
		return claim{
			member: true, taker: true,
			rate: float64(s.prefill*f.in) + float64(s.decode*f.out),
			beat: float64(s.decode*f.outBeat) + float64(s.context*f.contextBeat),
		}
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

// flow is what an attempt moves in a phase: tokens per nanosecond, and tokens
// and token-kilotokens of context per beat.
type flow struct{ in, out, outBeat, contextBeat float64 }

func (s *scheme) flow(a *attempt, p phase, t *tally) (f flow) {
	in, out := float64(a.input), float64(a.output)
	if a.bits&bitTokensMissing != 0 {
		in, out = s.meanIn, s.meanOut
	}
	served := a.edges[1]
	if t.servedNS != 0 {
		served = t.servedNS
	}
	switch {
	case a.bits&bitPhasesUnknown != 0:
		f.in, f.out = slope(in, a.edges[1], a.edges[3]), slope(out, a.edges[1], a.edges[3])
	case p == phasePrefill:
		f.in = slope(in, served, a.edges[2])
	case t.beats > 0:
		f.outBeat = max(0, out-1) / t.beats // the first one comes with the prompt
		f.contextBeat = f.outBeat * (in + out/2) / 1000
	}
	return f
}

// crowd is who is served at a moment under one method.
type crowd struct {
	members, takers int
	rates, beats    strength
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
	c.beats.change(k.beat, by)
}

// parts of a joule: what each taker gets, what a unit of rate and of beat gets,
// and what nobody gets.
type parts struct{ perTaker, perRate, perBeat, nobody float64 }

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

// modelled are the parts of a joule by a model: over ns nanoseconds and so many
// beats the device drew base power and what rates and beats stand for.
func (c *crowd) modelled(baseW float64, ns int64, beats float64) parts {
	if c.members == 0 {
		return parts{nobody: 1}
	}
	n := float64(c.members)
	base := baseW * seconds(ns)
	all := base + float64(c.rates.value()*float64(ns)) + float64(c.beats.value()*beats)
	if !(all > 0) {
		return parts{perTaker: 1 / n}
	}
	return parts{perTaker: base / all / n, perRate: float64(ns) / all, perBeat: beats / all}
}
