package dataset

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

func made(input config.Lengths, output *config.Lengths, n, seed int64) config.Scenario {
	return config.Scenario{
		DatasetName: config.DatasetSynthetic, NumSamples: n, Seed: seed,
		Synthetic: &config.Synthetic{InputTokens: input, OutputTokens: output},
	}
}

func TestMadeUpPromptsHaveTheirLengths(t *testing.T) {
	set, err := read(t, made(config.Lengths{Mean: 50, Std: 10, Min: 30, Max: 70}, &config.Lengths{Mean: 8}, 500, 1))
	require.NoError(t, err)
	seen := map[string]bool{}
	for i := range set.Len() {
		p := set.At(i)
		require.Len(t, strings.Fields(p.Text), int(*p.InputTokens))
		require.GreaterOrEqual(t, *p.InputTokens, int64(30))
		require.LessOrEqual(t, *p.InputTokens, int64(70))
		require.EqualValues(t, 8, *p.OutputTokens)
		require.False(t, seen[p.Text])
		seen[p.Text] = true
		require.Equal(t, p, set.At(i), "the same at every call")
	}
}

func TestSeedFixesMadeUpPrompts(t *testing.T) {
	lengths := config.Lengths{Mean: 20, Std: 5}
	one, err := read(t, made(lengths, nil, 50, 1))
	require.NoError(t, err)
	again, err := read(t, made(lengths, nil, 50, 1))
	require.NoError(t, err)
	other, err := read(t, made(lengths, nil, 50, 2))
	require.NoError(t, err)
	require.Equal(t, texts(one), texts(again))
	require.NotEqual(t, texts(one), texts(other))
}

// TestLengthsAreNormalBetweenTheirBounds is a Kolmogorov–Smirnov test at the
// 0.1 % level against the truncated normal distribution, rounded: the bounds of
// a whole number are half a token to either side.
func TestLengthsAreNormalBetweenTheirBounds(t *testing.T) {
	const n = 20_000
	l := config.Lengths{Mean: 1000, Std: 200, Min: 800, Max: 1500}
	set, err := read(t, made(l, nil, n, 3))
	require.NoError(t, err)
	var lengths []float64
	for i := range set.Len() {
		lengths = append(lengths, float64(*set.at(i).InputTokens))
	}
	slices.Sort(lengths)
	normal := func(x float64) float64 { return 0.5 * math.Erfc(-(x-l.Mean)/l.Std/math.Sqrt2) }
	low, high := normal(799.5), normal(1500.5)
	var worst float64
	for i, x := range lengths {
		if i+1 < n && lengths[i+1] == x {
			continue // the empirical distribution steps once per value
		}
		want := (normal(x+0.5) - low) / (high - low)
		worst = max(worst, math.Abs(want-float64(i+1)/n))
	}
	require.Less(t, worst, 1.95/math.Sqrt(n))
}

func TestLengthBeyondReachTakesTheBound(t *testing.T) {
	draw := drawing(1, drawSynthetic, 0)
	require.EqualValues(t, 10, length(draw, config.Lengths{Mean: 10, Std: 1e6, Min: 10, Max: 10}))
	require.EqualValues(t, 1, length(draw, config.Lengths{Mean: 1}))
}

func TestSharedPrefixes(t *testing.T) {
	s := made(config.Lengths{Mean: 5}, nil, 400, 1)
	s.SharedPrefix = &config.SharedPrefix{Count: 4, Tokens: 30}
	set, err := read(t, s)
	require.NoError(t, err)
	used := map[string]int{}
	for i := range set.Len() {
		p := set.At(i)
		require.EqualValues(t, 35, *p.InputTokens)
		require.Equal(t, p, set.At(i))
		prefix, own, found := strings.Cut(p.Text, "\n\n")
		require.True(t, found)
		require.Len(t, strings.Fields(prefix), 30)
		require.Len(t, strings.Fields(own), 5)
		used[prefix]++
	}
	require.Len(t, used, 4)
	for _, n := range used {
		require.InDelta(t, 100, n, 40)
	}

	s = scenario(config.DatasetBuiltin, "", 2)
	s.SharedPrefix = &config.SharedPrefix{Count: 1, Tokens: 3}
	set, err = read(t, s)
	require.NoError(t, err)
	require.Nil(t, set.At(0).InputTokens, "what is not known stays unknown")
	require.Contains(t, set.At(0).Text, "Explain in two sentences")
}

func TestVocabulary(t *testing.T) {
	require.Greater(t, len(vocabulary), 900)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(vocabulary))), len(vocabulary), "no word twice")
}

func BenchmarkMadeUpPrompt(b *testing.B) {
	set, err := synthetic(made(config.Lengths{Mean: 512, Std: 64}, nil, 1<<40, 1))
	require.NoError(b, err)
	b.ReportAllocs()
	for i := range int64(b.N) {
		_ = set.At(i)
	}
}
