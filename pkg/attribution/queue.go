package attribution

// When a server does not say how long a request waited in its queue, the order
// of first tokens does: prompts are read first come, first served, so that the
// reading of one began when the one before it had been read. The fitted method
// takes that for the end of the queue; the others, which settle as they go,
// cannot.

// stepNS: first tokens closer than this are of one step of the batch, in which
// several prompts were read side by side.
const stepNS = int64(5e6)

// guessQueues puts the moment into the tape at which each attempt that waited
// without saying so was served, as an edge of its own.
func (d *device) guessQueues() {
	if d.untold == 0 {
		return
	}
	served := d.servedAfter()
	if d.guesses = len(served) > 0; !d.guesses {
		return
	}
	told := d.tape.blocks
	d.tape.blocks = nil
	i := 0
	for _, block := range told {
		for _, t := range block {
			if t.ref != noRef && t.to == phasePrefill && d.lots.at(t.ref).is(lotGuessed) {
				t.to = phaseQueue
			}
			*d.tape.next() = t
			for len(served) > 0 && served[0].at == i {
				*d.tape.next() = tick{ref: served[0].ref, from: phaseQueue, to: phasePrefill}
				served = served[1:]
			}
			i++
		}
	}
}

// service begins for an attempt once the edge at a position of the tape has passed.
type service struct {
	at  int
	ref uint32
}

// servedAfter lists, in order of position in the tape, whose service began where.
func (d *device) servedAfter() []service {
	type read struct {
		ns  int64
		at  int
		ref uint32
	}
	var recent []read // ends of prompts, within stepNS and the last one before
	var served []service
	i := -1
	for ns, t := range d.tape.timed {
		i++
		if t.to == phasePrefill {
			d.lots.at(t.ref).mark = uint32(i)
		}
		if t.from != phasePrefill {
			continue
		}
		l := d.lots.at(t.ref)
		if l.is(lotWhole) {
			continue
		}
		for len(recent) > 1 && recent[1].ns <= ns-stepNS {
			recent = recent[1:]
		}
		began := int(l.mark) // where it came
		if l.is(lotUntold) && len(recent) > 0 && recent[0].ns <= ns-stepNS && recent[0].at > began && ns-recent[0].ns < int64(l.prefillNS) {
			served = append(served, service{recent[0].at, t.ref})
			l.prefillNS = float32(ns - recent[0].ns)
			l.set(lotGuessed, true)
		}
		if n := len(recent); n > 0 && recent[n-1].ns > ns-stepNS {
			for _, one := range []*lot{l, d.lots.at(recent[n-1].ref)} {
				one.set(lotBeside, one.is(lotUntold))
			}
		}
		recent = append(recent, read{ns, i, t.ref})
	}
	return served
}
