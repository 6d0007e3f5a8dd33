package attribution

// Where nobody tells when chunks came, beats follow from how long answers took: a
// step of the batch gives everyone a token, and takes longer by the prompts that
// are read in it. So an answer's time is so much per token and so much per prompt
// token that was read meanwhile, and the two are found by least squares over all
// answers. What prompts take is then no time for beats.

const (
	// minAnswers is how many answers it takes to find the two, and enoughAnswers
	// how many tell them as well as all of a long run.
	minAnswers    = 8
	enoughAnswers = 10_000
	// leastOwn is the least part of their time that answers spend on their own
	// tokens. Where less is left for them, they do not follow their tokens, and what
	// looks like prompts is only time.
	leastOwn = 0.1
	// leastPace: a batch that reads prompts makes some progress all the same.
	leastPace = 0.01
)

// keepPace gives every tick of the tape its beats, in nanoseconds that are not
// spent on prompts, and every attempt the beats of its decode phase.
func (d *device) keepPace() {
	stallNS := d.stall()
	if stallNS == 0 {
		return
	}
	var begun marks
	now := 0.0
	for t, prompts := range d.reading {
		t.beats = max(leastPace*t.beats, t.beats-float32(stallNS*prompts))
		now += float64(t.beats)
		if !t.decode() {
			continue
		}
		l := d.lots.at(t.ref)
		if beats, ended := begun.decoded(l, t, now); ended {
			l.context = float32(beats)
		}
	}
}

// stall is how many nanoseconds longer answers take for every prompt token that
// is read meanwhile; 0 when there is too little to tell.
func (d *device) stall() float64 {
	ata, atb := [][]float64{{0, 0}, {0, 0}}, []float64{0, 0}
	answers, allNS := 0, 0.0
	var begun marks
	read := 0.0 // prompt tokens
	for t, prompts := range d.reading {
		read += prompts
		if !t.decode() {
			continue
		}
		l := d.lots.at(t.ref)
		meanwhile, ended := begun.decoded(l, t, read)
		if !ended || l.is(lotUncounted) || l.out < 2 {
			continue
		}
		took := float64(l.context)
		allNS += took
		cause := [2]float64{float64(l.out) - 1, meanwhile}
		for i := range cause {
			for j := range cause {
				ata[i][j] += float64(cause[i]*cause[j]) / took
			}
			atb[i] += cause[i] // times took, by took
		}
		if answers++; answers == enoughAnswers {
			break
		}
	}
	if answers < minAnswers {
		return 0
	}
	found := nnls(ata, atb)
	if found[0]*atb[0] < leastOwn*allNS {
		return 0
	}
	return found[1]
}

// reading goes over the tape, with how many prompt tokens were read before each of
// its edges, since the one before it.
func (d *device) reading(yield func(t *tick, prompts float64) bool) {
	var rates flow // prompt tokens per nanosecond
	for t := range d.tape.ticks {
		if !yield(t, rates.rate*float64(t.beats)) {
			return
		}
		if t.from != phasePrefill && t.to != phasePrefill {
			continue
		}
		l := d.lots.at(t.ref)
		in := l.in
		if l.is(lotUncounted) {
			in = d.meanIn
		}
		if t.from == phasePrefill {
			rates.change(rate(in, l.prefillNS), -1)
		}
		if t.to == phasePrefill {
			rates.change(rate(in, l.prefillNS), 1)
		}
	}
}
