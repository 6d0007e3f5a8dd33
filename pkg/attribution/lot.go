package attribution

// lot is what the fitted method keeps of one attempt on one device until the end
// of the run, and what it then gives it. It is small, and apart from what the
// other methods need, which is freed as the run goes on. Only what adds up to the
// meter has all its digits.
type lot struct {
	joules        float64
	prefill, idle float32 // joules of these
	// What the attempt moves: prompt tokens per nanosecond while they are read,
	// generated tokens and token-kilotokens of context per beat. Where phases are
	// unknown (whole), both kinds of token per nanosecond. Until flow has been
	// called, in and out are its tokens, and context is the beats of its decode
	// phase, which are time until they are known better.
	in, out, context float32
	prefillNS        float32 // from when it was served, which is guessed where it was not told
	gap              float32 // joules beside the measured ones
	rival            float32 // joules by the rival fit
	queued           float32 // joules that guessed queues leave in doubt
	low, high        float32 // the least and most joules by other methods
	misplaced        float32 // the part that its edges leave in doubt
	mark             uint32  // of what is kept while it is under way, see marks and split.go
	account          uint16
	bits             lotBits
}

type lotBits uint8

const (
	lotWhole     lotBits = 1 << iota // its phases are unknown
	lotTells                         // its chunks are known
	lotUntold                        // its queue is not
	lotGuessed                       // but guessed
	lotBeside                        // and its prompt ended in one step with others
	lotUncounted                     // its tokens are not known
	lotFlows                         // what it moves is filled in
)

func (l *lot) is(b lotBits) bool { return l.bits&b != 0 }

func (l *lot) set(b lotBits, on bool) {
	if on {
		l.bits |= b
	}
}

func (l *lot) load(a *attempt) {
	l.in, l.out = float32(a.input), float32(a.output)
	l.prefillNS, l.context = float32(a.edges[2]-a.edges[1]), float32(a.edges[3]-a.edges[2])
	l.account = a.account
	l.set(lotWhole, a.bits&bitPhasesUnknown != 0)
	l.set(lotTells, a.tells)
	l.set(lotUntold, a.bits&bitQueueUnknown != 0)
	l.set(lotUncounted, a.bits&bitTokensMissing != 0)
}

// flow fills in what the attempt moves. The first token comes with the prompt.
func (l *lot) flow(d *device) {
	if l.is(lotFlows) {
		return
	}
	l.set(lotFlows, true)
	in, out := l.in, l.out
	if l.is(lotUncounted) {
		in, out = d.meanIn, d.meanOut
	}
	if l.is(lotWhole) {
		l.in, l.out = rate(in, l.prefillNS), rate(out, l.prefillNS)
		return
	}
	l.in, l.out = rate(in, l.prefillNS), rate(max(0, out-1), l.context)
	l.context = l.out * (in + out/2) / 1000
}

func rate(tokens, time float32) float32 {
	if time <= 0 {
		return 0
	}
	return tokens / time
}

// marks keep where something stood when attempts began to decode, for those that do.
type marks struct{ pool[float64] }

// decoded goes over an edge when that stands at a value. Where an attempt ends to
// decode, ended says so, and since is how far it has come meanwhile.
func (m *marks) decoded(l *lot, t *tick, value float64) (since float64, ended bool) {
	if t.to == phaseDecode {
		l.mark = m.take()
		*m.at(l.mark) = value
		return 0, false
	}
	since = value - *m.at(l.mark)
	m.give(l.mark)
	return since, true
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

func (f *flow) change(rate float32, by int) {
	if rate > 0 {
		f.n += by
		f.rate += float64(float64(by) * float64(rate))
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

// model is power as a sum of costs: joules per token, and per nanosecond, above idle,
// while anyone is served.
type model struct{ prefill, decode, context, base float64 }

// joules that the flows cost over a time, without the base.
func (m *model) joules(f *flows, ns, beats float64) float64 {
	perNS := float64(m.prefill*f.in.rate) + float64(m.decode*f.out.rate)
	perBeat := float64(m.decode*f.outBeat.rate) + float64(m.context*f.context.rate)
	return float64(perNS*ns) + float64(perBeat*beats)
}

// rates are what one attempt costs per nanosecond and per beat.
func (m *model) rates(l *lot, p phase) (perNS, perBeat float64) {
	if p == phaseDecode {
		return 0, float64(m.decode*float64(l.out)) + float64(m.context*float64(l.context))
	}
	perNS = m.prefill * float64(l.in)
	if l.is(lotWhole) {
		perNS += float64(m.decode * float64(l.out))
	}
	return perNS, 0
}
