package result

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// sides are some attempts and the others under one method: what a figure is made of, and
// what the method may have mistaken for it.
type sides struct{ own, others side }

// side is what attempts were charged, and how much less and more it may be by the
// interval of each.
type side struct{ sum, less, more float64 }

func (s *sides) add(own bool, share *attribution.Share) {
	if !share.Known {
		return
	}
	to := &s.others
	if own {
		to = &s.own
	}
	to.sum += share.EnergyJ
	to.less += share.EnergyJ - share.LowJ
	to.more += share.HighJ - share.EnergyJ
}

// over bounds own's sum over a stretch of the run. It is off by no more than what the sum
// of all is off, and what own and the others, by the intervals of either, may have been
// charged for each other.
func (s sides) over(l attribution.Ledger) *event.Interval {
	own, others := s.own, s.others
	return &event.Interval{
		Low:  max(0, own.sum-(l.RequestsJ-l.RequestsLowJ)-min(own.less, others.more)),
		High: own.sum + (l.RequestsHighJ - l.RequestsJ) + min(own.more, others.less),
	}
}

// whole bounds own's sum over the whole run, where each attempt lies in its own interval
// too. Those of a stretch do not: they say nothing of its ends.
func (s sides) whole(l attribution.Ledger) *event.Interval {
	i := s.over(l)
	return &event.Interval{Low: max(i.Low, s.own.sum-s.own.less), High: min(i.High, s.own.sum+s.own.more)}
}
