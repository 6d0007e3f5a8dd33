package aeb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// conversations is a ShareGPT file of n sessions of three turns each.
func conversations(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sharegpt.jsonl")
	var lines strings.Builder
	for i := range n {
		fmt.Fprintf(&lines, `{"conversations":[{"from":"human","value":"question %d"},{"from":"gpt","value":"a short answer"},`+
			`{"from":"human","value":"and then?"},{"from":"gpt","value":"another one"},{"from":"human","value":"thank you"}]}`+"\n", i)
	}
	require.NoError(t, os.WriteFile(path, []byte(lines.String()), 0o600))
	return path
}

// TestSessionsThroughThePipeline: a record and a share of the energy for each turn,
// with prompts that grow by what was said; texts that are not kept make no
// difference.
func TestSessionsThroughThePipeline(t *testing.T) {
	t.Parallel()
	for _, history := range []string{"dataset", "server"} {
		t.Run(history, func(t *testing.T) {
			b := open(t, aeb.Options{ClickHouse: "off"})
			result := b.run(t, "scenario.dataset_name="+conversations(t, 12), "scenario.text_column_name=conversations",
				"scenario.sessions=true", "scenario.history="+history, "scenario.turn_delay_s=0.02", "scenario.num_samples=12",
				"scenario.keep_prompts=false", "load.concurrency=4", "load.warmup=0", "metrics.methods=[phase-aware/v1]")
			s := result.Summary
			require.EqualValues(t, 36, s.Requests.OK)
			require.True(t, s.Completeness.Complete)
			require.InDelta(t, 0, s.Truth.TotalErrorRel, 0.02)
			input := map[string]string{}
			for _, row := range csvtest.Rows(t, filepath.Join(result.Output, "requests.csv")) {
				require.NotEmpty(t, row["energy_j"])
				input[row["request_id"]] = row["input_tokens"]
			}
			require.Len(t, input, 36)
			for i := range 12 {
				id := fmt.Sprintf("r%07d", i)
				require.Less(t, count(t, input[id]), count(t, input[id+"-t2"]))
				require.Less(t, count(t, input[id+"-t2"]), count(t, input[id+"-t3"]))
			}
		})
	}
}

func count(t *testing.T, text string) int {
	t.Helper()
	var n int
	_, err := fmt.Sscan(text, &n)
	require.NoError(t, err, "%q", text)
	return n
}

// TestLoadThroughThePipeline: planned cancellations have an account of their own,
// cool-down counts as warm-up does, and prompts are no longer than they may be.
func TestLoadThroughThePipeline(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	result := b.run(t, "load.cancel_share=0.3", "load.cancel_after_tokens=3", "load.cooldown=5", "load.warmup=5",
		"scenario.max_input_tokens=6", "scenario.generate_kwargs.min_new_tokens=20", "load.stages=[{concurrency: 2, requests: 20}, {concurrency: 10, requests: 40}]")
	s := result.Summary
	require.EqualValues(t, 60, s.Requests.Total)
	require.InDelta(t, 18, s.Requests.Cancelled, 12)
	require.Equal(t, s.Requests.Total, s.Requests.OK+s.Requests.Cancelled)
	require.Positive(t, s.Methods[0].CancelledJ)
	require.EqualValues(t, 10, s.Requests.Warmup)
	cool := 0
	for _, row := range csvtest.Rows(t, filepath.Join(result.Output, "requests.csv")) {
		if row["method"] != s.Methods[0].Method {
			continue
		}
		if row["status"] == "cancelled" {
			require.Equal(t, "cancelled_by_plan", row["error_class"])
		} else {
			require.LessOrEqual(t, count(t, row["input_tokens"]), 6)
		}
		if slices.Contains(strings.Fields(row["flags"]), "cooldown") {
			require.Equal(t, "true", row["warmup"])
			cool++
		}
	}
	require.Equal(t, 5, cool)
}
