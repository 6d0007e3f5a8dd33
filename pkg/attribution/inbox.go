package attribution

import (
	"cmp"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// inbox keeps samples until nothing older can come, and then gives them out in
// order, each moment once. It grows by blocks: a long run that is added at once
// is not copied over and over.
type inbox struct {
	blocks  [][]Sample
	read    int // position in the first block
	last    int64
	any     bool
	jumbled bool // not in order of time
}

const inboxBlock = 1 << 14

func (b *inbox) add(s Sample) {
	if b.any && s.TimeNS < b.last {
		b.jumbled = true
	}
	b.last, b.any = s.TimeNS, true
	n := len(b.blocks)
	if n == 0 || len(b.blocks[n-1]) == cap(b.blocks[n-1]) {
		b.blocks = append(b.blocks, make([]Sample, 0, inboxBlock))
		n++
	}
	b.blocks[n-1] = append(b.blocks[n-1], s)
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
	b.blocks, b.read, b.jumbled = [][]Sample{all}, 0, false
	b.last = all[len(all)-1].TimeNS
}

// drain gives every moment before limitNS to take, with how many power and
// counter readings were there more than once, and calls pause between blocks.
func (b *inbox) drain(limitNS int64, take func(s Sample, dupPower, dupEnergy int64), pause func()) {
	b.sort()
	var held Sample
	var dupPower, dupEnergy int64
	holding := false
	for len(b.blocks) > 0 && len(b.blocks[0]) > 0 {
		block := b.blocks[0][b.read:]
		n := 0
		for ; n < len(block) && block[n].TimeNS < limitNS; n++ {
			s := block[n]
			if holding && s.TimeNS == held.TimeNS {
				if s.PowerMW != event.Missing && held.PowerMW != event.Missing {
					dupPower++
				}
				if s.EnergyMJ != event.Missing && held.EnergyMJ != event.Missing {
					dupEnergy++
				}
				held = held.join(s)
				continue
			}
			if holding {
				take(held, dupPower, dupEnergy)
				dupPower, dupEnergy = 0, 0
				if n&1023 == 0 {
					pause()
				}
			}
			held, holding = s, true
		}
		b.read += n
		if n < len(block) {
			break
		}
		b.drop()
	}
	if holding {
		take(held, dupPower, dupEnergy)
	}
}

// drop forgets the first block, which is read; the last one is used again.
func (b *inbox) drop() {
	b.read = 0
	if len(b.blocks) == 1 {
		if cap(b.blocks[0]) > inboxBlock {
			b.blocks[0] = nil
			b.blocks = b.blocks[:0]
		} else {
			b.blocks[0] = b.blocks[0][:0]
		}
		b.any = false
		return
	}
	b.blocks = append(b.blocks[:0], b.blocks[1:]...)
}
