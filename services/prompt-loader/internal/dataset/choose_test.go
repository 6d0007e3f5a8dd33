package dataset

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

func sourceOf(prompts ...Prompt) Source {
	return func(yield func(Prompt, error) bool) {
		for _, p := range prompts {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func TestSelectionLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.String(), 1, 50).Draw(t, "rows")
		s := config.Scenario{
			NumSamples: rapid.Int64Range(1, 120).Draw(t, "num_samples"),
			Repeat:     rapid.Bool().Draw(t, "repeat"),
			Shuffle:    rapid.Bool().Draw(t, "shuffle"),
			Seed:       rapid.Int64().Draw(t, "seed"),
		}
		var prompts []Prompt
		for _, text := range all {
			prompts = append(prompts, Prompt{Text: text})
		}
		set, err := choose(sourceOf(prompts...), s, false)
		require.NoError(t, err)
		got := texts(set)
		again, err := choose(sourceOf(prompts...), s, false)
		require.NoError(t, err)
		require.Equal(t, got, texts(again), "a seed fixes the selection")
		want := int(s.NumSamples)
		if !s.Repeat {
			want = min(want, len(all))
		}
		require.Len(t, got, want)
		if !s.Shuffle {
			for i, text := range got {
				require.Equal(t, all[i%len(all)], text, "order of the file")
			}
			return
		}
		have := map[string]int{}
		for _, text := range all {
			have[text]++
		}
		drawn := map[string]int{}
		for _, text := range got[:min(want, len(all))] {
			drawn[text]++
			require.LessOrEqual(t, drawn[text], have[text], "each row once before any row twice")
		}
	})
}

func TestRepeatingCostsNothing(t *testing.T) {
	set, err := choose(sourceOf(Prompt{Text: "a"}, Prompt{Text: "b"}), config.Scenario{NumSamples: 1_000_000_000, Repeat: true}, false)
	require.NoError(t, err)
	require.EqualValues(t, 1_000_000_000, set.Len())
	require.Equal(t, "b", set.At(999_999_999).Text)
}

func TestArrivalsAreSortedFromZeroAndRepeatAtTheMeanGap(t *testing.T) {
	ms := time.Millisecond
	s := config.Scenario{NumSamples: 7, Repeat: true}
	set, err := choose(sourceOf(
		Prompt{Text: "b", Arrival: 1010 * ms}, Prompt{Text: "a", Arrival: 1000 * ms}, Prompt{Text: "c", Arrival: 1040 * ms},
	), s, true)
	require.NoError(t, err)
	require.True(t, set.Timed)
	require.Equal(t, []string{"a", "b", "c", "a", "b", "c", "a"}, texts(set))
	var at []time.Duration
	for i := range set.Len() {
		at = append(at, set.Arrival(i))
	}
	require.Equal(t, []time.Duration{0, 10 * ms, 40 * ms, 60 * ms, 70 * ms, 100 * ms, 120 * ms}, at)
}

func TestRowsWithoutAPromptAreCounted(t *testing.T) {
	source := func(yield func(Prompt, error) bool) {
		_ = yield(Prompt{}, errNoPrompt) && yield(Prompt{Text: "a"}, nil) && yield(Prompt{}, errNoPrompt)
	}
	set, err := choose(source, config.Scenario{NumSamples: 9}, false)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, texts(set))
	require.EqualValues(t, 2, set.Skipped)
}
