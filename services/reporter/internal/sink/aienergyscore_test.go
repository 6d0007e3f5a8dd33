package sink

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// scoreColumns are the 21 of AIEnergyScore's master_results.csv, by position.
const scoreColumns = "model_name,model_class,task,reasoning_state,total_prompts,successful_prompts,failed_prompts," +
	"total_duration_seconds,avg_total_time,avg_time_to_first_token,total_tokens,total_prompt_tokens,total_completion_tokens," +
	"throughput_tokens_per_second,gpu_energy_wh,wh_per_1000_queries,co2_emissions_g,tokens_per_joule,avg_energy_per_prompt_wh," +
	"timestamp,error_message"

func TestScoreFilesAgreeWithTheSummary(t *testing.T) {
	for label, inFlight := range map[string]int64{batchOne: 1, concurrent: 4} {
		t.Run(label, func(t *testing.T) {
			dir := t.TempDir()
			r, res := computed(t, dir)
			r.Config.Reporter.AIEnergyScore = true
			res.Summary.Throughput.ConcurrencyMax = inFlight
			require.NoError(t, Files(dir, r, res))
			require.NoError(t, Rows(r, res.Summary))
			require.NoError(t, Rows(r, res.Summary), "a run that is reported again keeps one row")

			mark := map[string]string{batchOne: "", concurrent: ".concurrent"}[label]
			s := res.Summary
			wh, err := strconv.ParseFloat(strings.TrimSpace(read(t, filepath.Join(dir, "GPU_ENERGY_WH"+mark+".txt"))), 64)
			require.NoError(t, err)
			require.InEpsilon(t, *s.Energy.GPUWh, wh, 1e-3)

			var got map[string]any
			require.NoError(t, json.Unmarshal([]byte(read(t, filepath.Join(dir, "GPU_ENERGY_SUMMARY"+mark+".json"))), &got))
			require.Equal(t, label, got["label"])
			require.Equal(t, "Wh", got["units"])
			require.Equal(t, "ai_energy_benchmarks", got["format"])
			require.Nil(t, got["preprocess_wh"])
			require.Equal(t, *s.Energy.GPUWh, got["total"])
			parts := got["prefill_wh"].(float64) + got["decode_wh"].(float64) + got["other_wh"].(float64)
			require.InEpsilon(t, *s.Energy.GPUWh, parts, 1e-9)

			table := filepath.Join(r.Config.OutputDir, "master_results"+mark+".csv")
			require.True(t, strings.HasPrefix(read(t, table), scoreColumns+",run_id,label,"))
			rows := csvtest.Rows(t, table)
			require.Len(t, rows, 1)
			row := rows[0]
			require.Equal(t, label, row["label"])
			require.Equal(t, number(s.Energy.GPUWh), row["gpu_energy_wh"])
			answered, err := strconv.ParseFloat(row["successful_prompts"], 64)
			require.NoError(t, err)
			each, err := strconv.ParseFloat(row["avg_energy_per_prompt_wh"], 64)
			require.NoError(t, err)
			require.InEpsilon(t, *s.Energy.GPUWh, each*answered, 1e-9)
		})
	}
}

// A run without a meter has no figure, and never a zero.
func TestScoreOfARunThatWasNotMeasured(t *testing.T) {
	dir := t.TempDir()
	r, res := computed(t, dir)
	res.Summary.Energy.GPUWh = nil
	require.NoError(t, writeScore(dir, res))
	require.Equal(t, "not measured\n", read(t, filepath.Join(dir, scoreName(res.Summary, "GPU_ENERGY_WH", ".txt"))))
	require.Nil(t, scoreOf(res).Total)
	header, row := scoreRow(r, res.Summary)
	for i, name := range header {
		if strings.Contains(name, "energy") || strings.Contains(name, "queries") || name == "tokens_per_joule" {
			require.Empty(t, row[i], name)
		}
	}
}
