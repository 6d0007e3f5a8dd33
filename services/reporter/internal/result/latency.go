package result

import (
	"math"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// latencies are those of ok requests that are not warm-up, in seconds.
type latencies struct{ ttft, first, itl, tpot, e2e, lag []float64 }

// latency is of a whole load, or a whole stage of it.
func latency(answers []*event.RequestFinished) event.Latency {
	var l latencies
	whole := window{math.MinInt64, math.MaxInt64}
	for _, f := range answers {
		if f.Status == event.StatusOK && !f.Warmup {
			l.add(whole, 0, f)
		}
	}
	return l.distributions()
}

// add takes of an attempt what falls into a window: our lateness by when it was sent,
// the first token by when it came, the gaps by when they ended, the rest by its end.
func (l *latencies) add(w window, sent int64, f *event.RequestFinished) {
	if late, ok := lateness(f); ok && w.within(sent) {
		l.lag = append(l.lag, late)
	}
	if f.FirstTokenAfterNS != nil && w.within(sent+*f.FirstTokenAfterNS) {
		l.ttft = append(l.ttft, float64(*f.FirstTokenAfterNS)/1e9)
	}
	if f.FirstOutputAfterNS != nil && w.within(sent+*f.FirstOutputAfterNS) {
		l.first = append(l.first, float64(*f.FirstOutputAfterNS)/1e9)
	}
	at := sent
	for i, gap := range f.ChunkGapsNS {
		if at += gap; i > 0 && w.within(at) {
			l.itl = append(l.itl, float64(gap)/1e9)
		}
	}
	if !w.within(sent + f.EndAfterNS) {
		return
	}
	l.e2e = append(l.e2e, float64(endAfter(f))/1e9)
	if v := perOutputToken(f); v != nil {
		l.tpot = append(l.tpot, *v)
	}
}

func (l *latencies) distributions() event.Latency {
	return event.Latency{
		TTFTS: distribution(l.ttft), FirstOutputS: distribution(l.first), ITLS: distribution(l.itl), TPOTS: distribution(l.tpot),
		E2ES: distribution(l.e2e), QueueLagS: distribution(l.lag),
	}
}

// lateness is our own, in seconds. What is sent again is late by what happened to it
// before, so only first attempts have one.
func lateness(f *event.RequestFinished) (float64, bool) {
	due := f.Received.WallNS
	if f.ScheduledNS != nil {
		due = *f.ScheduledNS
	}
	return float64(f.Sent.WallNS-due) / 1e9, f.Attempt == 1
}
