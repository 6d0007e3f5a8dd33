package attribution

import "math"

// margin is what leaves the sums of a device uncertain, beside its sensor's gain:
// where energy may be misplaced across an end of the measured time, or between
// serving and standing idle, and what straight lines between readings may miss.
// Between attempts energy that is misplaced stays in their sum.
type margin struct {
	begun           bool
	firstNS, lastNS int64 // how far energy may be misplaced at the ends of the measured time
	turnNS          int64 // the same, over all moments at which its first attempt came or its last one left
	leftNS          int64 // when it last had none any more, and what that leaves in doubt
	leftSlopNS      int64
	missedJ2        float64 // squares of what the lines may miss
}

// pass goes over measured time, of which energy may be misplaced by slopNS.
func (x *margin) pass(slopNS int64) {
	if !x.begun {
		x.begun, x.firstNS = true, slopNS
	}
	x.lastNS = slopNS
}

// line goes over a straight line between two readings of a loose span: power may have
// been that of either end all along.
func (x *margin) line(s *span, ns int64, fromW, toW float64) {
	missed := float64(s.scale*(toW-fromW)) * seconds(ns) / 2
	x.missedJ2 += float64(missed * missed)
}

// enter and leave note that a device has its first attempt, and none any more. What
// may be misplaced around a pause is no more than the pause.
func (x *margin) enter(ns, slopNS, windowNS int64) {
	if since := max(x.leftNS, windowNS); since != math.MinInt64 {
		slopNS = max(0, min(slopNS+x.leftSlopNS, ns-since))
	}
	x.turnNS += slopNS
	x.leftSlopNS = 0
}

func (x *margin) leave(ns, slopNS int64) { x.leftNS, x.leftSlopNS = ns, slopNS }

// sums bounds a device's part of the ledger. Lines that miss are independent of each
// other, so that their squares add up; twice the root is allowed for. An end that lies
// within an averaged reading is off by up to an eighth of its window, and a quarter is
// allowed for. Time of which nothing is known was spent at no more than the highest
// power. The least that any method charges is what this one may have charged too much.
func (d *device) sums(l *Ledger, least float64) {
	power := 0.0
	if d.coveredNS > 0 {
		power = max(float64(d.maxMW)/1000, d.measured.value()/seconds(d.coveredNS))
	}
	x := &d.margin
	ends := x.firstNS + x.lastNS + 2*d.options.WindowErrorNS + d.spec.AverageWindowNS/2
	turns := x.turnNS + max(0, min(x.leftSlopNS, d.toNS-x.leftNS))
	spread := float64(power*seconds(ends)) + 2*math.Sqrt(x.missedJ2)
	unknown := float64(power * seconds(d.toNS-d.fromNS-d.coveredNS-d.gapNS))

	known := l.MeasuredJ - l.GapJ
	l.MeasuredLowJ = max(0, known-float64(known*d.spec.GainErrorRel)-spread)
	l.MeasuredHighJ = l.MeasuredJ + float64(known*d.spec.GainErrorRel) + spread + l.GapJ + unknown

	spread += float64(l.RequestsJ*d.spec.GainErrorRel) + float64(power*seconds(turns))
	l.RequestsLowJ = max(0, least-spread)
	l.RequestsHighJ = min(l.MeasuredHighJ, l.RequestsJ+spread+l.UnattributedJ+2*l.GapJ+unknown)
}
