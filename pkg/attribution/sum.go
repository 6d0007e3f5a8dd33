package attribution

// sum is a compensated sum (Neumaier's, in Knuth's form without a branch): its
// error does not grow with the number of terms, so that a small difference of
// two late values of a running integral is still exact to the last bits.
type sum struct{ hi, lo float64 }

func (s *sum) add(x float64) {
	t := s.hi + x
	b := t - s.hi
	s.lo += (s.hi - (t - b)) + (x - b)
	s.hi = t
}

// lump adds too, at the cost of a plain addition: it puts off what add takes care of
// until carry, before which the lumps should stay small against the sum.
func (s *sum) lump(x float64) { s.lo += x }

func (s *sum) carry() {
	lumps := s.lo
	s.lo = 0
	s.add(lumps)
}

func (s sum) value() float64 { return s.hi + s.lo }

// since is s − o.
func (s sum) since(o sum) float64 { return (s.hi - o.hi) + (s.lo - o.lo) }
