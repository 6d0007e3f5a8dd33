package spool

import (
	"cmp"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// span is a stretch of wall time, in Unix nanoseconds.
type span struct{ fromNS, toNS int64 }

// spanOf is the time that an event covers. A batch covers its readings, and at
// least its start.
func spanOf(p event.Payload) span {
	switch e := p.(type) {
	case *event.PowerSampled:
		s := span{e.Start.WallNS, e.Start.WallNS}
		for _, d := range e.Devices {
			if n := len(d.TNS); n > 0 {
				s.fromNS = min(s.fromNS, e.Start.WallNS+d.TNS[0])
				s.toNS = max(s.toNS, e.Start.WallNS+d.TNS[n-1])
			}
		}
		return s
	case *event.PowerGap:
		return span{e.FromNS, e.ToNS}
	case *event.IntensityObserved:
		return span{e.AtNS, e.AtNS}
	}
	return span{}
}

// loss is a stretch of time whose events are gone: those numbered first to last.
type loss struct {
	span
	first, last uint64
}

// lose adds the numbered event to the losses, which are in order. Neighbours
// become one loss; an event that is still there keeps two apart.
func lose(losses []loss, order uint64, s span) []loss {
	losses = append(losses, loss{s, order, order})
	slices.SortFunc(losses, func(a, b loss) int { return cmp.Compare(a.first, b.first) })
	out := losses[:1]
	for _, next := range losses[1:] {
		last := &out[len(out)-1]
		if next.first == last.last+1 {
			last.last = next.last
			last.fromNS, last.toNS = min(last.fromNS, next.fromNS), max(last.toNS, next.toNS)
		} else {
			out = append(out, next)
		}
	}
	return out
}
