package attribution

import (
	"cmp"
	"slices"
	"sort"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// inbox keeps samples until nothing older can come, and then gives them out in
// order, each moment once. It grows by blocks: a long run that is added at once
// is not copied over and over.
type inbox struct {
	blocks  [][]Sample
	read    int   // position in the first block
	last    int64 // time of the latest sample, when there is any
	any     bool
	jumbled bool // not in order of time

	// How many readings there were of a moment that had one already.
	duplicatePower, duplicateEnergy int64
}

const inboxBlock = 1 << 14

func (b *inbox) add(samples []Sample) {
	for len(samples) > 0 {
		n := 0
		if !b.jumbled {
			for n < len(samples) && (samples[n].TimeNS > b.last || !b.any) {
				b.last, b.any = samples[n].TimeNS, true
				n++
			}
			b.append(samples[:n])
			if samples = samples[n:]; len(samples) == 0 {
				return
			}
			if samples[0].TimeNS == b.last {
				block := b.blocks[len(b.blocks)-1]
				b.merge(&block[len(block)-1], samples[0])
				samples = samples[1:]
				continue
			}
			b.jumbled = true
		}
		b.append(samples)
		return
	}
}

func (b *inbox) append(samples []Sample) {
	for len(samples) > 0 {
		n := len(b.blocks)
		if n == 0 || len(b.blocks[n-1]) == cap(b.blocks[n-1]) {
			b.blocks = append(b.blocks, make([]Sample, 0, inboxBlock))
			n++
		}
		last := &b.blocks[n-1]
		take := min(len(samples), cap(*last)-len(*last))
		*last = append(*last, samples[:take]...)
		samples = samples[take:]
	}
}

// merge takes a second reading of a moment.
func (b *inbox) merge(into *Sample, s Sample) {
	if s.PowerMW != event.Missing && into.PowerMW != event.Missing {
		b.duplicatePower++
	}
	if s.EnergyMJ != event.Missing && into.EnergyMJ != event.Missing {
		b.duplicateEnergy++
	}
	*into = into.join(s)
}

func (b *inbox) sort() {
	if !b.jumbled {
		return
	}
	all := make([]Sample, 0, len(b.blocks)*inboxBlock)
	for i, block := range b.blocks {
		if i == 0 {
			block = block[b.read:]
		}
		all = append(all, block...)
	}
	slices.SortFunc(all, func(x, y Sample) int { return cmp.Compare(x.TimeNS, y.TimeNS) })
	n := 1
	for _, s := range all[1:] {
		if s.TimeNS == all[n-1].TimeNS {
			b.merge(&all[n-1], s)
			continue
		}
		all[n] = s
		n++
	}
	all = all[:n]
	b.blocks, b.read, b.jumbled = [][]Sample{all}, 0, false
	b.last = all[n-1].TimeNS
}

// drain gives every moment before limitNS to take, some at a time.
func (b *inbox) drain(limitNS int64, take func([]Sample)) {
	const some = 2048
	b.sort()
	for len(b.blocks) > 0 {
		block := b.blocks[0][b.read:]
		if n := len(block); n > 0 && block[n-1].TimeNS >= limitNS {
			block = block[:sort.Search(n, func(i int) bool { return block[i].TimeNS >= limitNS })]
		}
		b.read += len(block)
		for len(block) > 0 {
			n := min(some, len(block))
			take(block[:n])
			block = block[n:]
		}
		if b.read < len(b.blocks[0]) {
			return
		}
		if b.read = 0; len(b.blocks) == 1 && cap(b.blocks[0]) <= inboxBlock {
			b.blocks[0] = b.blocks[0][:0] // to be filled again
			return
		}
		b.blocks = b.blocks[1:]
	}
}
