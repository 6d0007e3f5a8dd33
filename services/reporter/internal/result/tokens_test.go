package result_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// told is the record with other token counts in every attempt.
func told(t *testing.T, change func(*event.RequestFinished)) event.Summary {
	t.Helper()
	e := recordtest.NewEdit("/tmp/x")
	e.Attempts(change)
	return compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
}

// Tokens that the server never counted are in no file, and none of them is zero.
func TestTokensNobodyCountedAreAbsent(t *testing.T) {
	s := told(t, func(f *event.RequestFinished) { f.Tokens = event.Tokens{Source: event.TokensMissing} })
	require.Equal(t, event.TokenSums{Missing: s.Requests.OK}, s.Tokens)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	require.NotContains(t, string(text), "tokens_per_s")
	require.Nil(t, s.Emissions.GCO2ePer1000Output)
}

// What some answers told is summed, and the others are counted beside it.
func TestTokensThatSomeAnswersTold(t *testing.T) {
	s := told(t, func(f *event.RequestFinished) {
		switch {
		case f.Tokens.Source == event.TokensMissing:
		case f.Index == 0:
			f.Tokens.Reasoning, f.Tokens.Cached = new(int64(7)), new(int64(0))
		default:
			f.Tokens.Reasoning, f.Tokens.Cached = nil, new(int64(0))
		}
	})
	require.EqualValues(t, 1, s.Tokens.Missing)
	require.EqualValues(t, 7, *s.Tokens.Reasoning)
	require.Zero(t, *s.Tokens.Cached, "told, and none")
	require.Equal(t, *s.Tokens.Input+*s.Tokens.Output, *s.Tokens.Total())
	require.InEpsilon(t, float64(*s.Tokens.Output)/s.DurationS, *s.Throughput.OutputTokensPerS, 1e-12)
	require.InEpsilon(t, *s.Throughput.InputTokensPerS+*s.Throughput.OutputTokensPerS, *s.Throughput.TotalTokensPerS, 1e-12)
}

// A window in which nothing ran had no tokens, whoever counts them.
func TestTokensOfAnIdleWindow(t *testing.T) {
	e := recordtest.NewEdit("/tmp/x")
	e.Drop(func(data event.Payload) bool {
		f, ok := data.(*event.RequestFinished)
		return ok && 4 <= f.Index && f.Index < 8
	})
	e.Attempts(func(f *event.RequestFinished) {
		if f.Index < 4 {
			f.Tokens = event.Tokens{Source: event.TokensMissing}
		}
	})
	windows := compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary.Windows
	require.Len(t, windows, 4)
	require.Nil(t, windows[0].OutputTokensPerS)
	require.Nil(t, windows[0].InputTokensPerS)
	require.Zero(t, *windows[2].OutputTokensPerS)
	require.Zero(t, windows[2].ConcurrencyMean)
	require.Positive(t, *windows[3].OutputTokensPerS)
}
