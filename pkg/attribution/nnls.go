package attribution

import "math"

// nnls minimises ‖A·x − b‖² over x ≥ 0, given AᵀA and Aᵀb, by Lawson and
// Hanson's active set: grow the set of free variables by the one whose gradient
// is steepest, solve for them, and step back where that would go below zero.
// Columns that are all zero get 0.
func nnls(ata [][]float64, atb []float64) []float64 {
	n := len(atb)
	scale := make([]float64, n)
	for i := range n {
		if ata[i][i] > 0 {
			scale[i] = 1 / math.Sqrt(ata[i][i])
		}
	}
	g := func(i, j int) float64 { return ata[i][j] * scale[i] * scale[j] }
	h := make([]float64, n)
	largest := 0.0
	for i := range n {
		h[i] = atb[i] * scale[i]
		largest = max(largest, math.Abs(h[i]))
	}
	tolerance := 1e-12 * largest
	x, free := make([]float64, n), make([]bool, n)
	for range 3*n + 3 {
		best, steepest := -1, tolerance
		for j := range n {
			w := h[j]
			for k := range n {
				w -= g(j, k) * x[k]
			}
			if !free[j] && scale[j] > 0 && w > steepest {
				best, steepest = j, w
			}
		}
		if best < 0 {
			break
		}
		free[best] = true
		if !descend(g, h, x, free) {
			free[best] = false // it is a mixture of the others
			break
		}
	}
	for i := range n {
		x[i] *= scale[i]
	}
	return x
}

// descend moves x to the least squares of the free variables, freeing fewer of
// them as they reach zero. It reports false when they are not independent.
func descend(g func(i, j int) float64, h, x []float64, free []bool) bool {
	for {
		z, ok := solveFree(g, h, free)
		if !ok {
			return false
		}
		step := 1.0
		for i := range x {
			if free[i] && z[i] <= 0 {
				step = min(step, x[i]/(x[i]-z[i]))
			}
		}
		for i := range x {
			if !free[i] {
				continue
			}
			x[i] += step * (z[i] - x[i])
			if step < 1 && (z[i] <= 0 && x[i] <= 1e-15 || x[i] < 0) {
				x[i], free[i] = 0, false
			}
		}
		if step == 1 {
			return true
		}
	}
}

// solveFree solves for the free variables by Cholesky's decomposition.
func solveFree(g func(i, j int) float64, h []float64, free []bool) ([]float64, bool) {
	var set []int
	for i, f := range free {
		if f {
			set = append(set, i)
		}
	}
	n := len(set)
	l := make([][]float64, n)
	y := make([]float64, n)
	for r := range n {
		l[r] = make([]float64, n)
		for c := 0; c <= r; c++ {
			v := g(set[r], set[c])
			for k := range c {
				v -= l[r][k] * l[c][k]
			}
			if r != c {
				l[r][c] = v / l[c][c]
				continue
			}
			if v < 1e-10 {
				return nil, false
			}
			l[r][r] = math.Sqrt(v)
		}
		y[r] = h[set[r]]
		for k := range r {
			y[r] -= l[r][k] * y[k]
		}
		y[r] /= l[r][r]
	}
	z := make([]float64, len(h))
	for r := n - 1; r >= 0; r-- {
		v := y[r]
		for k := r + 1; k < n; k++ {
			v -= l[k][r] * z[set[k]]
		}
		z[set[r]] = v / l[r][r]
	}
	return z, true
}
