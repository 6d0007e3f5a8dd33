package attribution

import (
	"cmp"
	"slices"
)

// keyed is something to be sorted by a number.
type keyed struct {
	key uint64
	ref uint32
	to  phase
}

// keyOfTime maps times to keys in the same order.
func keyOfTime(ns int64) uint64 { return uint64(ns) ^ 1<<63 }

func (k keyed) time() int64 { return int64(k.key ^ 1<<63) }

// sortKeyed sorts items by key, and those of one key by less. It goes byte by
// byte over the bytes in which keys differ: sorting is most of what a long run
// costs, and times and ids differ in few bytes.
func sortKeyed(items, spare []keyed, less func(a, b keyed) int) (sorted, other []keyed) {
	if len(items) < 48 {
		slices.SortFunc(items, func(a, b keyed) int {
			if a.key != b.key {
				return cmp.Compare(a.key, b.key)
			}
			return less(a, b)
		})
		return items, spare
	}
	var differ, last uint64
	inOrder := true
	for i := range items {
		differ |= items[i].key ^ items[0].key
		inOrder = inOrder && items[i].key >= last
		last = items[i].key
	}
	if inOrder {
		differ = 0
	} else {
		spare = slices.Grow(spare[:0], len(items))[:len(items)]
	}
	for shift := 0; shift < 64; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var at [256]uint32
		for i := range items {
			at[uint8(items[i].key>>shift)]++
		}
		var total uint32
		for b := range at {
			at[b], total = total, total+at[b]
		}
		for i := range items {
			b := uint8(items[i].key >> shift)
			spare[at[b]] = items[i]
			at[b]++
		}
		items, spare = spare, items
	}
	for from := 0; from < len(items); {
		to := from + 1
		for to < len(items) && items[to].key == items[from].key {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(items[from:to], less)
		}
		from = to
	}
	return items, spare
}

// prefixKey is the first eight bytes of s after skip, as a number in the order
// of the bytes.
func prefixKey(s string, skip int) uint64 {
	var k uint64
	s = s[min(skip, len(s)):]
	for i := range 8 {
		k <<= 8
		if i < len(s) {
			k |= uint64(s[i])
		}
	}
	return k
}

// commonPrefix is how many bytes a and b begin with alike.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
