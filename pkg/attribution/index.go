package attribution

import "hash/maphash"

// index finds an attempt that is not finished by its id and number: a hash
// table of references, by linear probing. It keeps hashes, not ids, which the
// pool has, so that a million attempts cost sixteen megabytes and a look-up one
// miss. The seed is random, and nothing but speed depends on it.
type index struct {
	seed  maphash.Seed
	slots []slot
	used  int
}

type slot struct {
	hash uint32
	ref  uint32 // 0 is empty, else a reference plus one
}

func newIndex() index { return index{seed: maphash.MakeSeed(), slots: make([]slot, 256)} }

func (x *index) hash(id string, number int) uint32 {
	return uint32((maphash.String(x.seed, id) + uint64(number)*0x9e3779b97f4a7c15) >> 32)
}

// find returns the slot of an attempt, or the empty one where it belongs.
func (x *index) find(p *pool[attempt], hash uint32, id string, number int) (at int, ok bool) {
	mask := uint32(len(x.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := x.slots[i]
		if s.ref == 0 {
			return int(i), false
		}
		if s.hash == hash {
			if a := p.at(s.ref - 1); a.number == number && a.id == id {
				return int(i), true
			}
		}
	}
}

func (x *index) ref(at int) uint32 { return x.slots[at].ref - 1 }

// put fills the empty slot that find returned.
func (x *index) put(at int, hash, ref uint32) {
	x.slots[at] = slot{hash, ref + 1}
	if x.used++; 2*x.used > len(x.slots) {
		old := x.slots
		x.slots = make([]slot, 2*len(old))
		mask := uint32(len(x.slots) - 1)
		for _, s := range old {
			if s.ref == 0 {
				continue
			}
			i := s.hash & mask
			for x.slots[i].ref != 0 {
				i = (i + 1) & mask
			}
			x.slots[i] = s
		}
	}
}

// remove empties a slot, and closes the gap that this leaves in its chain.
func (x *index) remove(at int) {
	x.used--
	mask := uint32(len(x.slots) - 1)
	hole := uint32(at)
	for i := (hole + 1) & mask; x.slots[i].ref != 0; i = (i + 1) & mask {
		if home := x.slots[i].hash & mask; (i-home)&mask >= (i-hole)&mask {
			x.slots[hole] = x.slots[i]
			hole = i
		}
	}
	x.slots[hole] = slot{}
}
