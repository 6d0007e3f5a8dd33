package arrival

import (
	"math"
	"math/rand/v2"
)

// gaps are the distances between ticks of a clock with mean gap 1.
type gaps interface {
	// after is the position of tick n, given that of the one before.
	after(last float64, n int64) float64
}

// even ticks are computed from their number, so that rounding does not add up.
type even struct{}

func (even) after(_ float64, n int64) float64 { return float64(n) }

// exponential gaps are those of many users who know nothing of each other.
type exponential struct{ draw *rand.Rand }

func (e exponential) after(last float64, _ int64) float64 { return last + e.draw.ExpFloat64() }

// gamma gaps have the given shape, and a coefficient of variation of 1/√shape.
// This is the burstiness of vLLM's benchmark: 1 is Poisson.
type gamma struct {
	draw  *rand.Rand
	shape float64
}

func (g gamma) after(last float64, _ int64) float64 {
	return last + gammaVariate(g.draw, g.shape)/g.shape
}

// gammaVariate draws from the gamma distribution of a shape and scale 1, after
// G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables",
// ACM Transactions on Mathematical Software 26 (2000): a cubed normal, accepted
// or drawn again; below shape 1 by way of shape+1.
func gammaVariate(draw *rand.Rand, shape float64) float64 {
	if shape < 1 {
		// 1-U lies in (0, 1].
		return gammaVariate(draw, shape+1) * math.Pow(1-draw.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := draw.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-draw.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
