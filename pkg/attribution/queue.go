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
	served := d.servedAfter()
	if len(served) == 0 {
		return
	}
	waits := map[uint32]bool{}
	for _, refs := range served {
		for _, ref := range refs {
			waits[ref] = true
		}
	}
	told := *d.tape
	d.tape.blocks = nil
	i := 0
	for _, block := range told.blocks {
		for _, t := range block {
			at := t.edge
			if at.to == phasePrefill && waits[at.ref] {
				t.edge.to = phaseQueue
			}
			d.tape.held = t
			d.tape.edge(t.edge)
			for _, ref := range served[i] {
				d.tape.edge(keyed{at.key, ref, phasePrefill})
			}
			i++
		}
	}
}

// servedAfter lists, by position in the tape, the attempts that were served once
// the edge there had passed.
func (d *device) servedAfter() map[int][]uint32 {
	type read struct {
		ns int64
		at int
	}
	var recent []read // ends of prompts, within stepNS and the last one before
	served := map[int][]uint32{}
	i := -1
	d.replay(func(*tick) { i++ }, func(a *attempt, ref uint32, from, _ phase) {
		if from != phasePrefill || a.bits&bitPhasesUnknown != 0 {
			return
		}
		ns := a.edges[2]
		for len(recent) > 1 && recent[1].ns <= ns-stepNS {
			recent = recent[1:]
		}
		if a.bits&bitQueueUnknown != 0 && len(recent) > 0 && recent[0].ns <= ns-stepNS && recent[0].ns > a.edges[0] {
			served[recent[0].at] = append(served[recent[0].at], ref)
			d.tallies.row(ref)[d.later].servedNS = recent[0].ns
		}
		recent = append(recent, read{ns, i})
	})
	return served
}
