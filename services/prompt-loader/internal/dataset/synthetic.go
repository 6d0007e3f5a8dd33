package dataset

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// synthetic makes prompts up. Each depends on the seed and its index only, so
// none is kept.
func synthetic(s config.Scenario) (Set, error) {
	if s.Synthetic == nil {
		return Set{}, fmt.Errorf("%w: scenario.synthetic says no lengths", ErrFormat)
	}
	want := *s.Synthetic
	return Set{
		n:      s.NumSamples,
		Origin: "made-up words",
		at: func(i int64) Prompt {
			draw := drawing(s.Seed, drawSynthetic, i)
			input := length(draw, want.InputTokens)
			p := Prompt{InputTokens: &input}
			if want.OutputTokens != nil {
				output := length(draw, *want.OutputTokens)
				p.OutputTokens = &output
			}
			p.text = func() string { return words(draw, input) }
			return p
		},
	}, nil
}

// maxRedraws bounds the search for a length within its bounds: where fewer than
// one draw in a hundred fits, the bound itself is taken.
const maxRedraws = 100

// length draws from a normal distribution cut off at its bounds. Drawing again
// keeps the shape within them, where clamping would pile up requests at the ends.
func length(draw *rand.Rand, l config.Lengths) int64 {
	low := max(l.Min, 1)
	high := l.Max
	if high == 0 {
		high = math.MaxInt32
	}
	var n int64
	for range maxRedraws {
		n = int64(math.Round(l.Mean + l.Std*draw.NormFloat64()))
		if n >= low && n <= high {
			return n
		}
	}
	return min(max(n, low), high)
}
