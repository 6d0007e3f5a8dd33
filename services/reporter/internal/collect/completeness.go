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

// progress is what was read of a producer, and what it says it published.
type progress struct {
	seen   map[uint64]bool
	closed bool
	count  uint64
}

// completeness compares counts. A producer that never closed may have published
// anything after its last event, so a run with one is not complete.
func (c *collector) completeness() event.Completeness {
	out := event.Completeness{Complete: c.dead == 0, Duplicates: c.repeated, Dead: c.dead}
	keys := slices.SortedFunc(maps.Keys(c.producers), func(a, b producer) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.epoch, b.epoch))
	})
	for _, key := range keys {
		p := c.producers[key]
		seqs := slices.Sorted(maps.Keys(p.seen))
		expected := p.count
		if !p.closed {
			expected = seqs[len(seqs)-1]
		}
		gaps := missing(key, seqs, expected)
		out.Producers = append(out.Producers, event.ProducerCount{
			Producer: key.name, Epoch: key.epoch, Closed: p.closed, Expected: expected, Seen: uint64(len(seqs)),
		})
		out.Gaps = append(out.Gaps, gaps...)
		out.Expected += expected
		out.Seen += uint64(len(seqs))
		out.Complete = out.Complete && p.closed && len(gaps) == 0
	}
	return out
}

// missing lists the stretches of 1…expected that are not in seqs.
func missing(key producer, seqs []uint64, expected uint64) []event.SequenceGap {
	var out []event.SequenceGap
	next := uint64(1)
	gap := func(until uint64) {
		if next < until {
			out = append(out, event.SequenceGap{Producer: key.name, Epoch: key.epoch, FirstSeq: next, LastSeq: until - 1})
		}
	}
	for _, seq := range seqs {
		gap(seq)
		next = seq + 1
	}
	gap(expected + 1)
	return out
}
