package dataset

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

func trace(path string) config.Scenario {
	return config.Scenario{DatasetName: path, DatasetFormat: config.FormatMooncake, NumSamples: 100, Seed: 5}
}

func TestTracesShareTheirBlocks(t *testing.T) {
	set, err := read(t, trace("testdata/mooncake.jsonl"))
	require.NoError(t, err)
	require.True(t, set.Timed)
	var said [][]string
	var at []time.Duration
	for i := range set.Len() {
		p := set.At(i)
		words := strings.Fields(p.Text)
		require.Len(t, words, int(*p.InputTokens))
		said = append(said, words)
		at = append(at, p.Arrival)
	}
	ms := time.Millisecond
	require.Equal(t, []time.Duration{0, 0, 250*ms + 500*time.Microsecond, 1000 * ms, 2000 * ms}, at)
	require.Equal(t, said[0][:1024], said[1][:1024], "blocks 1 and 2")
	require.NotEqual(t, said[0][1024:], said[1][1024:1100], "blocks 3 and 4")
	require.NotEqual(t, said[0][:512], said[0][512:1024])
	require.Equal(t, said[2], said[3][:500], "a block that is not full is the beginning of the full one")
	require.EqualValues(t, 12, *set.At(0).OutputTokens)
	require.EqualValues(t, 1, *set.At(3).OutputTokens)

	again, err := read(t, trace("testdata/mooncake.jsonl"))
	require.NoError(t, err)
	require.Equal(t, texts(set), texts(again))
}

func TestTraceFailures(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{`{"input_length": 1, "output_length": 1}`, "timestamp"},
		{`{"timestamp": -1, "input_length": 1, "output_length": 1}`, "timestamp"},
		{`{"timestamp": 1, "output_length": 1}`, "input_length is missing"},
		{`{"timestamp": 1, "input_length": 0, "output_length": 1}`, "input_length: 0"},
		{`{"timestamp": 1, "input_length": 1, "output_length": 1e9}`, "output_length"},
		{`{"timestamp": "x", "input_length": 1}`, "not a row of a trace"},
		{`[]`, "not a row of a trace"},
	} {
		_, err := read(t, trace(write(t, "t.jsonl", "\n"+c.line)))
		require.ErrorIs(t, err, ErrFormat, c.line)
		require.ErrorContains(t, err, c.says, c.line)
		require.ErrorContains(t, err, "t.jsonl:2", c.line)
	}
}
