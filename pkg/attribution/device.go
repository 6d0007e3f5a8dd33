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

	inbox      inbox
	curve      curve
	duplicates [2]int64 // of power readings, of counter readings
	readings   [2]int64
	maxW       float64
	lastPower  Sample // as read, not shifted

	fresh []edge // edges not in edges yet
	edges []edge // in order of time
	next  int    // first edge not passed

	attempts *pool[attempt]
	finished *[]uint32
	parts    pool[part]
	tallies  pool[tally]

	fromNS, toNS int64
	ran          bool
	present      int
	meter        meter
	running      []running
	measured     sum // without gaps
	idle, gap    sum
	coveredNS    int64
	gapNS        int64
	touched      [5]int64 // per sensor flag, the end of the last time it held
}

// edge is a moment at which an attempt enters a phase, or is over (phaseNone).
type edge struct {
	time int64
	part uint32
	to   phase
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

// add takes one sample. An averaged power reading stands for the middle of its
// window, while the counter reading beside it stands for its own moment.
func (d *device) add(s Sample) {
	if shift := d.shiftNS(); shift > 0 && s.PowerMW != event.Missing {
		if s.TimeNS > d.lastPower.TimeNS || d.lastPower.PowerMW == event.Missing {
			d.lastPower = s
		} else if s.TimeNS == d.lastPower.TimeNS {
			d.lastPower = d.lastPower.join(s)
		}
		d.inbox.add(Sample{s.TimeNS - shift, s.PowerMW, event.Missing})
		s.PowerMW = event.Missing
	}
	if s.PowerMW != event.Missing || s.EnergyMJ != event.Missing {
		d.inbox.add(s)
	}
}

// admit makes the part of an attempt on the device, with its edges: it enters
// every phase that has a duration, and leaves.
func (d *device) admit(attemptIndex uint32, a *attempt) uint32 {
	i := d.parts.take()
	d.tallies.take()
	d.parts.at(i).attempt = attemptIndex
	for k, to := range [...]phase{phaseQueue, phasePrefill, phaseDecode} {
		if a.edges[k+1] > a.edges[k] {
			d.fresh = append(d.fresh, edge{a.edges[k], i, to})
		}
	}
	d.fresh = append(d.fresh, edge{a.edges[3], i, phaseNone})
	return i
}

// release takes a finished attempt's part back.
func (d *device) release(i uint32) {
	d.parts.give(i)
	d.tallies.give(i)
}

// advance settles what can be settled when nothing before limitNS will come.
func (d *device) advance(limitNS int64) {
	limit := limitNS - d.shiftNS()
	d.inbox.drain(limit, d.take, func() {
		if d.curve.emitted >= curveBlock {
			d.sortEdges()
			d.run()
		}
	})
	d.sortEdges()
	if d.curve.started {
		d.run()
		return
	}
	if limit > math.MinInt64 {
		d.skip(limit - 1)
	}
}

// curveBlock is how many nodes gather before the pass takes them.
const curveBlock = 2048

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
	return max(d.fromNS, d.curve.firstNS), d.curve.time[0], true
}

// take feeds one distinct moment to the curve.
func (d *device) take(s Sample, dupPower, dupEnergy int64) {
	d.duplicates[0] += dupPower
	d.duplicates[1] += dupEnergy
	if s.PowerMW != event.Missing {
		d.readings[0]++
		if s.TimeNS >= d.fromNS && s.TimeNS <= d.toNS {
			d.maxW = max(d.maxW, float64(s.PowerMW)/1000)
		}
	}
	if s.EnergyMJ != event.Missing {
		d.readings[1]++
	}
	d.curve.feed(s)
}

// sortEdges merges the fresh edges into the others. At one moment those that
// leave go first, and then attempts in their order, so that sums of rates come
// out the same whatever the order of the input.
func (d *device) sortEdges() {
	if len(d.fresh) == 0 {
		return
	}
	slices.SortFunc(d.fresh, d.compareEdges)
	if d.next > 0 {
		d.edges = d.edges[:copy(d.edges, d.edges[d.next:])]
		d.next = 0
	}
	n, m := len(d.edges), len(d.fresh)
	if n > 0 && d.compareEdges(d.edges[n-1], d.fresh[0]) > 0 {
		d.edges = slices.Grow(d.edges, m)[:n+m]
		for i, j, k := n-1, m-1, n+m-1; j >= 0; k-- {
			if i >= 0 && d.compareEdges(d.edges[i], d.fresh[j]) > 0 {
				d.edges[k] = d.edges[i]
				i--
			} else {
				d.edges[k] = d.fresh[j]
				j--
			}
		}
	} else {
		d.edges = append(d.edges, d.fresh...)
	}
	d.fresh = d.fresh[:0]
}

func (d *device) compareEdges(a, b edge) int {
	if a.time != b.time {
		return cmp.Compare(a.time, b.time)
	}
	if a.to == phaseNone != (b.to == phaseNone) {
		return cmp.Compare(a.to, b.to)
	}
	return d.attempts.at(d.parts.at(a.part).attempt).compare(d.attempts.at(d.parts.at(b.part).attempt))
}
