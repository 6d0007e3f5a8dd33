package attribution

// texts keeps many short strings in few long ones, so that a run of a million
// attempts gives the garbage collector little to follow, and holds on to nothing of
// what the strings came from.
type texts struct {
	blocks  []string
	filling []byte
}

// text is a string of texts.
type text struct {
	block    uint32
	from, to uint16
}

// maxText is the length of the longest string that texts takes.
const maxText = 1<<16 - 1

func (x *texts) add(s string) text {
	if len(x.filling)+len(s) > maxText {
		x.end()
	}
	if x.filling == nil {
		x.filling = make([]byte, 0, maxText)
	}
	from := len(x.filling)
	x.filling = append(x.filling, s...)
	return text{uint32(len(x.blocks)), uint16(from), uint16(len(x.filling))}
}

// end must come between the last add and the first of.
func (x *texts) end() {
	x.blocks = append(x.blocks, string(x.filling))
	x.filling = x.filling[:0]
}

func (x *texts) of(t text) string { return x.blocks[t.block][t.from:t.to] }
