package simulate

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// The accounts that the timeline integrates. Between two points every rate is
// constant, so every integral is exact but for rounding.
const (
	// load: watts of all devices above idle.
	load = iota
	// shared: watts of idle and active power per request served.
	shared
	// decode: watts of token energy per decoding request.
	decode
	// unserved: watts of all devices while nothing is served.
	unserved
	// busy: 1 while anything is served; its integral is seconds.
	busy
	accounts
)

type vector [accounts]float64

// point begins a stretch of constant rates. sum is the integral of every rate
// from the timeline's start to at, carry its Neumaier compensation.
type point struct {
	at               int64
	rate, sum, carry vector
}

// timeline is the true power over time, in Unix nanoseconds of the simulator's
// clock. Points may lie in the future: the end of a step is known at its start.
type timeline struct {
	points []point
	keep   int64
}

func newTimeline(start int64, rate vector, keep time.Duration) *timeline {
	return &timeline{points: []point{{at: start, rate: rate}}, keep: int64(keep)}
}

// set changes the rates from at on; a time before the last point counts as it.
func (tl *timeline) set(at int64, rate vector) {
	last := &tl.points[len(tl.points)-1]
	if at <= last.at {
		last.rate = rate
		return
	}
	if rate == last.rate {
		return
	}
	next := point{at: at, rate: rate, sum: last.sum, carry: last.carry}
	next.add(seconds(at-last.at), last.rate)
	tl.points = append(tl.points, next)
	tl.forget(at)
}

// add integrates, compensated, so that a long run does not lose small steps.
func (p *point) add(dt float64, rate vector) {
	for i, r := range rate {
		x, old := r*dt, p.sum[i]
		p.sum[i] = old + x
		if abs(old) >= abs(x) {
			p.carry[i] += (old - p.sum[i]) + x
		} else {
			p.carry[i] += (x - p.sum[i]) + old
		}
	}
}

// forget drops what is older than keep, half of it at a time, so that each point
// is moved about once.
func (tl *timeline) forget(now int64) {
	const least = 4096
	if len(tl.points) < least || tl.points[len(tl.points)/2].at > now-tl.keep {
		return
	}
	tl.points = append([]point(nil), tl.points[len(tl.points)/2:]...)
}

// start is the first kept moment.
func (tl *timeline) start() int64 { return tl.points[0].at }

// find is the index of the stretch that holds t.
func (tl *timeline) find(t int64) int {
	// Readings are near the end, the ledger's anywhere.
	n := len(tl.points)
	for i := n - 1; i >= max(0, n-8); i-- {
		if tl.points[i].at <= t {
			return i
		}
	}
	return max(0, sort.Search(n, func(i int) bool { return tl.points[i].at > t })-1)
}

// rates are those at t.
func (tl *timeline) rates(t int64) vector { return tl.points[tl.find(t)].rate }

// between integrates every account from a to b: joules, and seconds for busy.
func (tl *timeline) between(a, b int64) vector {
	from, to := &tl.points[tl.find(a)], &tl.points[tl.find(b)]
	da, db := seconds(a-from.at), seconds(b-to.at)
	var out vector
	for i := range out {
		out[i] = (to.sum[i] - from.sum[i]) + (to.carry[i] - from.carry[i]) + (to.rate[i]*db - from.rate[i]*da)
	}
	return out
}

// until integrates every account from the very first point, forgotten or not.
func (tl *timeline) until(t int64) vector {
	p := tl.points[tl.find(t)]
	p.add(seconds(t-p.at), p.rate)
	for i := range p.sum {
		p.sum[i] += p.carry[i]
	}
	return p.sum
}

// since are the points after t and at most until now.
func (tl *timeline) since(t, now int64) []point {
	i := sort.Search(len(tl.points), func(i int) bool { return tl.points[i].at > t })
	j := sort.Search(len(tl.points), func(i int) bool { return tl.points[i].at > now })
	return slices.Clone(tl.points[i:max(i, j)])
}

// check returns ErrForgotten when t lies before the kept time.
func (tl *timeline) check(t int64) error {
	if t < tl.start() {
		return fmt.Errorf("%w: it begins at %d", ErrForgotten, tl.start())
	}
	return nil
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }

func abs(x float64) float64 { return max(x, -x) }
