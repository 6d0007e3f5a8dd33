package arrival

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// draw takes up to n arrivals, in seconds.
func draw(t require.TestingT, load config.Load, seed int64, n int) []float64 {
	process, err := New(load, seed, nil)
	require.NoError(t, err)
	var out []float64
	for range n {
		at, ok := process.Next()
		if !ok {
			break
		}
		out = append(out, at.Seconds())
	}
	return out
}

func gapsOf(at []float64) []float64 {
	out := make([]float64, len(at)-1)
	for i := range out {
		out[i] = at[i+1] - at[i]
	}
	return out
}

// requireFit is a Kolmogorov–Smirnov test at the 0.1 % level, whose critical
// value is 1.95/√n.
func requireFit(t *testing.T, sample []float64, cdf func(float64) float64) {
	t.Helper()
	sample = slices.Sorted(slices.Values(sample))
	n := float64(len(sample))
	var worst float64
	for i, x := range sample {
		if i+1 < len(sample) && sample[i+1] == x {
			continue // equal by rounding: the step is at the last of them
		}
		worst = max(worst, math.Abs(cdf(x)-float64(i+1)/n))
	}
	require.Less(t, worst, 1.95/math.Sqrt(n))
}

func TestUnknownTypeIsRefused(t *testing.T) {
	for _, name := range []string{"weekly", config.LoadClosed} {
		_, err := New(config.Load{Type: name}, 0, nil)
		require.ErrorIs(t, err, ErrUnknownType)
		require.ErrorContains(t, err, name)
	}
}

func TestConstantRateDoesNotDrift(t *testing.T) {
	const n = 100_001
	at := draw(t, config.Load{Type: "constant", RatePerS: 3}, 0, n)
	require.Zero(t, at[0])
	require.InDelta(t, (n-1)/3.0, at[n-1], time.Nanosecond.Seconds()*2)
}

func TestSeedFixesArrivals(t *testing.T) {
	for _, load := range []config.Load{{Type: "poisson", RatePerS: 50}, {Type: "gamma", RatePerS: 50, Burstiness: 0.3}} {
		first, again := draw(t, load, 7, 100), draw(t, load, 7, 100)
		require.Equal(t, first, again)
		require.NotEqual(t, first, draw(t, load, 8, 100))
	}
}

func TestPoissonGapsAreExponential(t *testing.T) {
	const rate = 40.0
	for seed := range int64(3) {
		at := draw(t, config.Load{Type: "poisson", RatePerS: rate}, seed, 20_001)
		requireFit(t, gapsOf(at), func(x float64) float64 { return 1 - math.Exp(-rate*x) })
	}
}

// TestPoissonCountsSpreadAsTheyShould holds windows to the Poisson law: the
// variance of their counts is the mean. Gaps that are right one by one but
// depend on each other would fail it.
func TestPoissonCountsSpreadAsTheyShould(t *testing.T) {
	at := draw(t, config.Load{Type: "poisson", RatePerS: 20}, 5, 100_000)
	counts := make([]float64, int(at[len(at)-1]))
	for _, x := range at {
		if int(x) < len(counts) {
			counts[int(x)]++
		}
	}
	var mean, variance float64
	for _, c := range counts {
		mean += c / float64(len(counts))
	}
	for _, c := range counts {
		variance += (c - mean) * (c - mean) / float64(len(counts))
	}
	require.InDelta(t, 20, mean, 0.3)
	require.InDelta(t, 1, variance/mean, 0.1)
}

// TestGammaGapsHaveTheirShape tests the gaps before they become nanoseconds:
// more than a third of the burstiest ones are shorter than one.
func TestGammaGapsHaveTheirShape(t *testing.T) {
	const n = 20_000
	for _, shape := range []float64{0.05, 0.25, 0.9, 1, 2, 30} {
		ticks := gamma{chance(2), shape}
		gaps := make([]float64, n)
		for i := range gaps {
			gaps[i] = ticks.after(0, int64(i))
		}
		requireFit(t, gaps, func(x float64) float64 { return lowerGamma(shape, x*shape) })
	}
}

func TestGammaKeepsTheRate(t *testing.T) {
	const rate, n = 40.0, 20_000
	for _, shape := range []float64{0.05, 1, 30} {
		at := draw(t, config.Load{Type: "gamma", RatePerS: rate, Burstiness: shape}, 2, n+1)
		deviation := 1 / rate / math.Sqrt(shape*n)
		require.InDelta(t, 1/rate, at[n]/n, 4*deviation)
	}
}

// lowerGamma is the regularised lower incomplete gamma function P(a, x): its
// series below a+1, and above it the continued fraction of its complement.
func lowerGamma(a, x float64) float64 {
	if x <= 0 {
		return 0
	}
	logGamma, _ := math.Lgamma(a)
	scale := math.Exp(a*math.Log(x) - x - logGamma)
	if x < a+1 {
		term := 1 / a
		sum := term
		for n := 1.0; math.Abs(term) > 1e-15*sum; n++ {
			term *= x / (a + n)
			sum += term
		}
		return sum * scale
	}
	b := x + 1 - a
	c, d := 1e300, 1/b
	fraction := d
	for i := 1.0; i < 1000; i++ {
		step := -i * (i - a)
		b += 2
		d = 1 / (step*d + b)
		c = b + step/c
		fraction *= d * c
		if math.Abs(d*c-1) < 1e-15 {
			break
		}
	}
	return 1 - scale*fraction
}

func TestStages(t *testing.T) {
	zero, one, eight := 0.0, 1.0, 8.0
	for _, c := range []struct {
		name   string
		stages []config.Stage
		want   []float64
	}{
		{"steps and an end", []config.Stage{{RatePerS: 1, DurationS: 2}, {RatePerS: 2, DurationS: 1}}, []float64{0, 1, 2, 2.5}},
		{"a pause", []config.Stage{{RatePerS: 2, DurationS: 1}, {DurationS: 3}, {RatePerS: 1, DurationS: 2}}, []float64{0, 0.5, 4, 5}},
		{"a late start", []config.Stage{{DurationS: 3}, {RatePerS: 1, DurationS: 2}}, []float64{3, 4}},
		// ∫ 2t dt = n at √n.
		{"up from nothing", []config.Stage{{FromRatePerS: &zero, RatePerS: 4, DurationS: 2}}, []float64{0, 1, math.Sqrt2, math.Sqrt(3)}},
		// 8t - t² = n.
		{"down to nothing", []config.Stage{{FromRatePerS: &eight, RatePerS: 0, DurationS: 4}}, linearDown(16)},
		// ∫ 2^t dt = n at log₂(1 + n·ln 2).
		{"doubling", []config.Stage{{FromRatePerS: &one, RatePerS: 4, DurationS: 2, Shape: "exponential"}}, doubling(5)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := draw(t, config.Load{Type: "constant", Stages: c.stages}, 0, 100)
			require.InDeltaSlice(t, c.want, got, 2e-9)
		})
	}
}

func linearDown(n int) (out []float64) {
	for i := range n {
		out = append(out, 4-math.Sqrt(16-float64(i)))
	}
	return out
}

func doubling(n int) (out []float64) {
	for i := range n {
		out = append(out, math.Log2(1+float64(i)*math.Ln2))
	}
	return out
}

// TestRampedPoissonFollowsTheRate uses that, given their number, the arrivals of
// an inhomogeneous Poisson process are a sample from its normalised rate.
func TestRampedPoissonFollowsTheRate(t *testing.T) {
	from := 10.0
	for shape, cdf := range map[string]func(float64) float64{
		config.RampLinear:      func(x float64) float64 { return (10*x + 0.45*x*x) / 5500 },
		config.RampExponential: func(x float64) float64 { return (math.Pow(10, x/100) - 1) / 9 },
	} {
		at := draw(t, config.Load{Type: "poisson", Stages: []config.Stage{{FromRatePerS: &from, RatePerS: 100, DurationS: 100, Shape: shape}}}, 4, 100_000)
		require.Greater(t, len(at), 3000)
		requireFit(t, at[1:], cdf)
	}
}

func TestArrivalsNeverGoBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		load := config.Load{
			Type:       rapid.SampledFrom([]string{"constant", "poisson", "gamma"}).Draw(t, "type"),
			Burstiness: rapid.Float64Range(0.01, 100).Draw(t, "burstiness"),
		}
		rate := rapid.Float64Range(0, 1e4)
		for range rapid.IntRange(1, 4).Draw(t, "stages") {
			s := config.Stage{RatePerS: rate.Draw(t, "rate"), DurationS: rapid.Float64Range(1e-3, 1e4).Draw(t, "duration")}
			if rapid.Bool().Draw(t, "ramp") {
				from := rate.Draw(t, "from")
				s.FromRatePerS = &from
				if from > 1e-6 && s.RatePerS > 1e-6 && rapid.Bool().Draw(t, "exponential") {
					s.Shape = config.RampExponential
				}
			}
			load.Stages = append(load.Stages, s)
		}
		total := 0.0
		for _, s := range load.Stages {
			total += s.DurationS
		}
		last := 0.0
		for _, at := range draw(t, load, 1, 500) {
			require.GreaterOrEqual(t, at, last)
			require.LessOrEqual(t, at, total*(1+1e-9)+1e-6)
			last = at
		}
	})
}

type recorded []time.Duration

func (r recorded) Arrival(i int64) time.Duration { return r[i] }

func TestTracesAreStretched(t *testing.T) {
	process, err := New(config.Load{Type: "trace", TimeScale: 0.5}, 0, recorded{0, 3, 1e9})
	require.NoError(t, err)
	for _, want := range []time.Duration{0, 2, 5e8} {
		at, ok := process.Next()
		require.True(t, ok)
		require.Equal(t, want, at)
	}
}

func TestAsSoonAsPossibleIsAtOnce(t *testing.T) {
	require.Equal(t, []float64{0, 0, 0}, draw(t, config.Load{Type: "asap"}, 0, 3))
}

func BenchmarkNext(b *testing.B) {
	for _, load := range []config.Load{{Type: "constant", RatePerS: 9}, {Type: "poisson", RatePerS: 9}, {Type: "gamma", RatePerS: 9, Burstiness: 0.5}} {
		b.Run(load.Type, func(b *testing.B) {
			process, err := New(load, 1, nil)
			require.NoError(b, err)
			for range b.N {
				process.Next()
			}
		})
	}
}
