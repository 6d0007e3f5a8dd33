package collect

import (
	"cmp"
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// producer is one life of a publisher.
type producer struct {
	name  string
	epoch int64
}

// progress is what was read of a producer, in order, and what it says it published.
type progress struct {
	seen   uint64
	last   uint64
	holes  []hole
	closed bool
	count  uint64
}

type hole struct{ first, last uint64 }

// producer finds or enters one; a producer may be known to take part before, or
// without, any event of it.
func (c *collector) producer(name string, epoch int64) *progress {
	key := producer{name, epoch}
	p := c.producers[key]
	if p == nil {
		p = &progress{}
		c.producers[key] = p
	}
	return p
}

// see counts an event and reports whether it is new. Numbers come in order.
func (p *progress) see(seq uint64) bool {
	if seq == p.last {
		return false
	}
	if seq > p.last+1 {
		p.holes = append(p.holes, hole{p.last + 1, seq - 1})
	}
	p.last = seq
	p.seen++
	return true
}

// gapsListed bounds the list: a summary must stay an event that a broker takes.
const gapsListed = 1000

// completeness compares counts. A producer that never closed may have published
// anything after its last event, so a run with one is not complete.
func (c *collector) completeness() event.Completeness {
	out := event.Completeness{Complete: c.dead == 0, Duplicates: c.repeated, Late: c.late, Dead: c.dead}
	keys := slices.SortedFunc(maps.Keys(c.producers), func(a, b producer) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.epoch, b.epoch))
	})
	for _, key := range keys {
		p := c.producers[key]
		expected := max(p.last, p.count)
		if expected > p.last {
			p.holes = append(p.holes, hole{p.last + 1, expected})
		}
		out.Producers = append(out.Producers, event.ProducerCount{
			Producer: key.name, Epoch: key.epoch, Closed: p.closed, Expected: expected, Seen: p.seen,
		})
		for _, h := range p.holes[:min(len(p.holes), gapsListed-len(out.Gaps))] {
			out.Gaps = append(out.Gaps, event.SequenceGap{Producer: key.name, Epoch: key.epoch, FirstSeq: h.first, LastSeq: h.last})
		}
		out.Expected += expected
		out.Seen += p.seen
		out.Complete = out.Complete && p.closed && p.seen == expected
	}
	return out
}
