package attribution

// pool hands out slots by index and takes them back. Slots do not move, and
// memory grows by blocks, so that a long run costs what is in flight.
type pool[T any] struct {
	blocks [][]T
	free   []uint32
	used   uint32
	per    uint32 // neighbouring slots per index; 0 is 1
}

const poolBlock = 1024

func (p *pool[T]) take() uint32 {
	if n := len(p.free); n > 0 {
		i := p.free[n-1]
		p.free = p.free[:n-1]
		return i
	}
	i := p.used
	if i%poolBlock == 0 {
		p.blocks = append(p.blocks, make([]T, poolBlock*max(1, p.per)))
	}
	p.used++
	return i
}

// at is the slot of an index.
func (p *pool[T]) at(i uint32) *T { return &p.blocks[i/poolBlock][i%poolBlock] }

// row are the slots of an index, when there are several per index.
func (p *pool[T]) row(i uint32) []T {
	from := i % poolBlock * p.per
	return p.blocks[i/poolBlock][from : from+p.per]
}

// give takes a slot back, cleared.
func (p *pool[T]) give(i uint32) {
	if p.per > 1 {
		clear(p.row(i))
	} else {
		clear(p.blocks[i/poolBlock][i%poolBlock : i%poolBlock+1])
	}
	p.free = append(p.free, i)
}
