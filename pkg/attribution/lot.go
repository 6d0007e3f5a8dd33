package attribution

// lot is what the fitted method keeps of one attempt on one device until the end
// of the run, and what it then gives it. It is small, and apart from what the
// other methods need, which is freed as the run goes on.
type lot struct {
	// What the attempt moves: prompt tokens per nanosecond while they are read,
	// generated tokens and token-kilotokens of context per beat. Where phases are
	// unknown (whole), both kinds of token per nanosecond. Until flow has been
	// called, in and out are its tokens, and context is the beats of its decode
	// phase where chunks tell them.
	in, out, context         float64
	servedNS, firstNS, endNS int64   // served is guessed where it was not told
	prefill, decode, idle    float64 // joules, and of these idle ones
	queued                   float64 // joules that guessed queues leave in doubt
	vague
	stay    uint32 // while it is served, see split.go
	account uint16
	bits    lotBits
}

// vague is what only the interval needs, to no more than a few digits.
type vague struct {
	gap       float32 // joules beside the measured ones
	rival     float32 // joules by the rival fit
	low, high float32 // the least and most joules by other methods
	misplaced float32 // the part that its edges leave in doubt
}

type lotBits uint8

const (
	lotWhole     lotBits = 1 << iota // its phases are unknown
	lotTells                         // its chunks are known
	lotUntold                        // its queue is not
	lotGuessed                       // but guessed
	lotBeside                        // and its prompt ended in one step with others
	lotUncounted                     // its tokens are not known
)

func (l *lot) is(b lotBits) bool { return l.bits&b != 0 }

func (l *lot) set(b lotBits, on bool) {
	if on {
		l.bits |= b
	}
}

func (l *lot) load(a *attempt) {
	l.in, l.out = float64(a.input), float64(a.output)
	l.servedNS, l.firstNS, l.endNS = a.edges[1], a.edges[2], a.edges[3]
	l.account = a.account
	l.set(lotWhole, a.bits&bitPhasesUnknown != 0)
	l.set(lotTells, a.tells)
	l.set(lotUntold, a.bits&bitQueueUnknown != 0)
	l.set(lotUncounted, a.bits&bitTokensMissing != 0)
}

// flow fills in what the attempt moves. The first token comes with the prompt.
func (l *lot) flow(d *device) {
	in, out := l.in, l.out
	if l.is(lotUncounted) {
		in, out = d.meanIn, d.meanOut
	}
	if l.is(lotWhole) {
		l.in, l.out = slope(in, l.servedNS, l.endNS), slope(out, l.servedNS, l.endNS)
		return
	}
	beats := l.context
	if !d.paced {
		beats = float64(l.endNS - l.firstNS)
	}
	l.in, l.out, l.context = slope(in, l.servedNS, l.firstNS), 0, 0
	if beats > 0 {
		l.out = max(0, out-1) / beats
		l.context = l.out * (in + out/2) / 1000
	}
}

// flows are what those who are served move at a moment.
type flows struct {
	members int
	in, out flow // per nanosecond
	outBeat flow // per beat
	context flow // per beat
}

// flow is a sum of rates, not kept to the last bits as a strength is, but exactly
// zero when there is none.
type flow struct {
	n    int
	rate float64
}

func (f *flow) change(rate float64, by int) {
	if rate > 0 {
		f.n += by
		f.rate += float64(float64(by) * rate)
		if f.n == 0 {
			f.rate = 0
		}
	}
}

func (f *flows) change(l *lot, p phase, by int) {
	switch p {
	case phasePrefill:
		f.members += by
		f.in.change(l.in, by)
		if l.is(lotWhole) {
			f.out.change(l.out, by)
		}
	case phaseDecode:
		f.members += by
		f.outBeat.change(l.out, by)
		f.context.change(l.context, by)
	}
}

// model is power as a sum of costs: joules per token, and power above idle while
// anyone is served.
type model struct{ prefill, decode, context, baseW float64 }

// joules that the flows cost over a time, without the base.
func (m *model) joules(f *flows, ns, beats float64) float64 {
	perNS := float64(m.prefill*f.in.rate) + float64(m.decode*f.out.rate)
	perBeat := float64(m.decode*f.outBeat.rate) + float64(m.context*f.context.rate)
	return float64(perNS*ns) + float64(perBeat*beats)
}

// rates are what one attempt costs per nanosecond and per beat.
func (m *model) rates(l *lot, p phase) (perNS, perBeat float64) {
	if p == phaseDecode {
		return 0, float64(m.decode*l.out) + float64(m.context*l.context)
	}
	perNS = m.prefill * l.in
	if l.is(lotWhole) {
		perNS += float64(m.decode * l.out)
	}
	return perNS, 0
}
