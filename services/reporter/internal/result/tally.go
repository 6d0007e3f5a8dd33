package result

import (
	"cmp"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// tally counts what falls into a window.
type tally struct {
	window
	ok, other     int64
	input, output float64
	// counted and uncounted: an ok attempt under way in it has token counts, or has none.
	counted, uncounted bool
	latencies          latencies
	edges              []edge
	inFlightNS         int64
	// slo are the bounds of which good counts those that held.
	slo  *config.SLO
	good int64
}

// edge is an attempt's start (+1) or end (-1).
type edge struct{ at, step int64 }

// within says whether a moment belongs to a window: its end does not, so that
// neighbours share nothing.
func (w window) within(ns int64) bool { return w.from <= ns && ns < w.to }

func (t *tally) add(sent int64, f *event.RequestFinished) {
	end := sent + f.EndAfterNS
	if from, to := max(sent, t.from), min(end, t.to); from < to {
		t.inFlightNS += to - from
		t.edges = append(t.edges, edge{from, 1}, edge{to, -1})
	}
	ok := f.Status == event.StatusOK
	if t.within(end) {
		if ok {
			t.ok++
		} else {
			t.other++
		}
	}
	if !ok {
		return
	}
	t.tokens(sent, f)
	if f.Warmup {
		return
	}
	t.latencies.add(t.window, sent, f)
	if t.slo != nil && t.within(end) && holds(new(event.Goodput), f, *t.slo) {
		t.good++
	}
}

// tokens counts prompt tokens at the first token and output tokens where their
// chunks came, each chunk with the same part of them; without chunks, evenly from
// the first to the last.
func (t *tally) tokens(sent int64, f *event.RequestFinished) {
	first, last := sent+f.EndAfterNS, sent+endAfter(f)
	if f.FirstTokenAfterNS != nil {
		first = sent + *f.FirstTokenAfterNS
	}
	underWay := sent < t.to && last >= t.from
	if f.Tokens.Source == event.TokensMissing {
		t.uncounted = t.uncounted || underWay
		return
	}
	t.counted = t.counted || underWay
	if t.within(first) {
		t.input += float64(*f.Tokens.Input)
	}
	output := float64(*f.Tokens.Output)
	switch n := len(f.ChunkGapsNS); {
	case n > 0:
		at, inside := sent, 0
		for _, gap := range f.ChunkGapsNS {
			if at += gap; t.within(at) {
				inside++
			}
		}
		t.output += output * float64(inside) / float64(n)
	case last > first:
		t.output += output * float64(max(0, min(last, t.to)-max(first, t.from))) / float64(last-first)
	case t.within(last):
		t.output += output
	}
}

func (t *tally) fill(s *event.Stretch) {
	s.RequestsOK, s.RequestsOther = t.ok, t.other
	_, s.ConcurrencyMax = held(t.edges, 0)
	if s.DurationS > 0 {
		s.RequestsPerS, s.ConcurrencyMean = float64(t.ok)/s.DurationS, float64(t.inFlightNS)/1e9/s.DurationS
		if t.counted || !t.uncounted {
			s.InputTokensPerS, s.OutputTokensPerS = new(t.input/s.DurationS), new(t.output/s.DurationS)
		}
	}
	s.Latency = t.latencies.distributions()
	if t.slo == nil {
		return
	}
	s.Good = &t.good
	if s.DurationS > 0 {
		s.GoodPerS = new(float64(t.good) / s.DurationS)
	}
}

// held is how many nanoseconds at least target were in flight, and the most that
// were. At one moment an end counts before a start: a slot is free before it is
// taken.
func held(edges []edge, target int64) (atTargetNS, most int64) {
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.step, b.step)) })
	var now, since int64
	for _, e := range edges {
		if now >= target {
			atTargetNS += e.at - since
		}
		now, since = now+e.step, e.at
		most = max(most, now)
	}
	return atTargetNS, most
}
