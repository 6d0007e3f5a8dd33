package attribution

import (
	"cmp"
	"math"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// device is one device's way through the engine: samples wait until they are
// final, become a curve, and are passed over together with the edges of the
// attempts that the device served.
type device struct {
	id        string
	described bool
	spec      Device
	idleW     float64
	options   *Options
	schemes   []scheme

	inbox     inbox
	curve     curve
	readings  [2]int64 // of power, of the counter
	maxMW     int64
	lastPower Sample // as read, not shifted

	fresh []keyed // edges not in edges yet
	spare []keyed
	edges []keyed // in order of time
	next  int     // first edge not passed

	attempts *pool[attempt]
	finished *[]keyed
	lots     *pool[lot]
	parts    pool[part]
	tallies  pool[tally]

	fromNS, toNS int64
	ran          bool
	present      int
	meter        meter
	margin       margin
	running      []running
	later        int   // the method that needs the tape, or -1
	tape         *tape // nil when there is none
	progress     progress
	// Of the attempts that decode: for how long, and for how long those whose
	// chunks are known; and how many did not tell their queue.
	decodingNS, tellingNS int64
	untold                int
	guesses               bool    // some of these queues are guessed
	meanIn, meanOut       float32 // tokens, for those who do not tell
	fit                   Fit
	timed                 bool // it is known when most of its tokens were made
	measured              sum  // without gaps
	gap                   sum
	coveredNS             int64
	gapNS                 int64
	touched               [5]int64 // per sensor flag, the end of the last time it held
}

func (d *device) describe(s Device) {
	d.described, d.spec = true, s
	if s.IdlePowerMW != event.Missing {
		d.idleW = float64(s.IdlePowerMW) / 1000
	}
	d.curve.averaged = s.AverageWindowNS > 0
	d.curve.counter.stepNS = s.CounterStepNS
}

// shiftNS is how far a power reading is moved back in time.
func (d *device) shiftNS() int64 { return d.spec.AverageWindowNS / 2 }

// add takes samples. An averaged power reading stands for the middle of its
// window, while the counter reading beside it stands for its own moment.
func (d *device) add(samples []Sample) {
	shift := d.shiftNS()
	if shift == 0 {
		d.inbox.add(samples)
		return
	}
	for _, s := range samples {
		if s.PowerMW != event.Missing {
			if s.TimeNS > d.lastPower.TimeNS || d.lastPower.PowerMW == event.Missing {
				d.lastPower = s
			} else if s.TimeNS == d.lastPower.TimeNS {
				d.lastPower = d.lastPower.join(s)
			}
		}
		d.inbox.add([]Sample{
			{s.TimeNS - shift, s.PowerMW, event.Missing},
			{s.TimeNS, event.Missing, s.EnergyMJ},
		})
	}
}

// admit makes the part of an attempt on the device, with its edges: it enters
// every phase that has a duration, and leaves.
func (d *device) admit(attemptIndex uint32, a *attempt) uint32 {
	i := d.parts.take()
	p := d.parts.at(i)
	p.attempt, p.tally = attemptIndex, d.tallies.take()
	if d.tape != nil {
		p.lot = d.lots.take()
		d.await(d.lots.at(p.lot), a)
	}
	for k, to := range [...]phase{phaseQueue, phasePrefill, phaseDecode} {
		if a.edges[k+1] > a.edges[k] {
			d.fresh = append(d.fresh, keyed{keyOfTime(a.edges[k]), i, to})
		}
	}
	d.fresh = append(d.fresh, keyed{keyOfTime(a.edges[3]), i, phaseNone})
	return i
}

// await begins what the method with the tape keeps of an attempt.
func (d *device) await(l *lot, a *attempt) {
	l.load(a)
	if a.bits&bitQueueUnknown != 0 {
		d.untold++
	}
	d.decodingNS += a.edges[3] - a.edges[2]
	if a.tells {
		d.tellingNS += a.edges[3] - a.edges[2]
	}
}

// advance settles what can be settled when nothing before limitNS will come.
func (d *device) advance(limitNS int64) {
	limit := limitNS - d.shiftNS()
	d.sortEdges()
	d.inbox.drain(limit, d.take)
	if d.curve.started {
		d.run()
		return
	}
	if limit > math.MinInt64 {
		d.skip(limit - 1)
	}
}

// finish settles everything, up to the end of the window.
func (d *device) finish() {
	d.advance(math.MaxInt64)
	d.curve.finish(d.lastPower)
	d.run()
	d.skip(math.MaxInt64)
	d.flush()
}

// passed is the time that the pass has gone over.
func (d *device) passed() (firstNS, lastNS int64, ok bool) {
	if !d.ran {
		return 0, 0, false
	}
	return max(d.fromNS, d.curve.firstNS), d.curve.nodes[0].ns, true
}

// take feeds samples to the curve, and passes over what that settles.
func (d *device) take(samples []Sample) {
	for i := range samples {
		s := &samples[i]
		if s.EnergyMJ != event.Missing {
			d.readings[1]++
		}
		if s.PowerMW != event.Missing {
			d.readings[0]++
			if s.PowerMW > d.maxMW && s.TimeNS >= d.fromNS && s.TimeNS <= d.toNS {
				d.maxMW = s.PowerMW
			}
		}
	}
	d.curve.feed(samples)
	d.run()
}

// sortEdges merges the fresh edges into the others.
func (d *device) sortEdges() {
	if len(d.fresh) == 0 {
		return
	}
	d.fresh, d.spare = sortKeyed(d.fresh, d.spare, d.compareEdges)
	if d.next > 0 {
		d.edges = d.edges[:copy(d.edges, d.edges[d.next:])]
		d.next = 0
	}
	if len(d.edges) == 0 {
		d.edges, d.fresh = d.fresh, d.edges
		return
	}
	n, m := len(d.edges), len(d.fresh)
	d.edges = slices.Grow(d.edges, m)[:n+m]
	for i, j, k := n-1, m-1, n+m-1; j >= 0; k-- {
		if i >= 0 && d.edgeAfter(d.edges[i], d.fresh[j]) {
			d.edges[k] = d.edges[i]
			i--
		} else {
			d.edges[k] = d.fresh[j]
			j--
		}
	}
	d.fresh = d.fresh[:0]
}

func (d *device) edgeAfter(a, b keyed) bool {
	return a.key > b.key || a.key == b.key && d.compareEdges(a, b) > 0
}

// compareEdges orders edges of one moment: those that leave go first, and then
// attempts in their order, so that sums of rates come out the same whatever the
// order of the input.
func (d *device) compareEdges(a, b keyed) int {
	if a.to == phaseNone != (b.to == phaseNone) {
		return cmp.Compare(a.to, b.to)
	}
	return d.attempts.at(d.parts.at(a.ref).attempt).compare(d.attempts.at(d.parts.at(b.ref).attempt).name)
}
