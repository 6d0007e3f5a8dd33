package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/compare"
)

// compared are n runs of growing concurrency, the second of which is not told
// apart from the first, and the last of which has no result.
func compared(t *testing.T, n int) compare.Table {
	t.Helper()
	var runs []compare.Run
	for i := range n {
		s := example(t)
		s.RunID = event.RunID(fmt.Sprintf("01k4q0v6r8h2m9d5c7b3a1z%03d", i))
		r := compare.Run{
			ID: s.RunID, Name: "answers", Label: fmt.Sprintf("load.concurrency=%d", i+1), Summary: &s,
			Config: json.RawMessage(fmt.Sprintf(`{"load":{"concurrency":%d},"scenario":{"system_prompt":"You are a careful assistant who answers in %d words"}}`, i+1, i)),
		}
		scale := 1.0
		if i > 1 {
			scale = 2
			s.Methods[0].PerRequestJ.P50 *= scale
		}
		for k := range 30 {
			v := scale * float64(10+k%3)
			r.Samples.Energy = append(r.Samples.Energy, compare.Energy{J: v, LowJ: v - 1, HighJ: v + 1, OutputTokens: 10})
		}
		if i == n-1 {
			r.Summary, r.Ended, r.Samples = nil, "failed: server_unreachable", compare.Samples{}
		}
		runs = append(runs, r)
	}
	table, err := compare.New(runs)
	require.NoError(t, err)
	return table
}

func TestComparisonText(t *testing.T) {
	for _, n := range []int{1, 2, 6} {
		var out bytes.Buffer
		require.NoError(t, Comparison(&out, compared(t, n)))
		golden(t, fmt.Sprintf("comparison_of_%d", n), out.String())
	}
	same := compared(t, 2)
	same.Config = nil
	var out bytes.Buffer
	require.NoError(t, Comparison(&out, same))
	require.Contains(t, out.String(), "the configs are the same")
	same.UnknownConfig = true
	require.NoError(t, Comparison(&out, same))
	require.Contains(t, out.String(), "the one of a run is not known")
}
