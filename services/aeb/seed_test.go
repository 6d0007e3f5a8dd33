package aeb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

// hub serves the seed's default dataset as the Hub does, from a Parquet file that
// the datasets library wrote.
func hub(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile("../prompt-loader/internal/dataset/testdata/rows.parquet")
	require.NoError(t, err)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	const dataset = "/api/datasets/AIEnergyScore/text_generation/parquet"
	mux.HandleFunc("GET "+dataset, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"default":{"train":["` + server.URL + dataset + `/default/train/0.parquet"]}}`))
	})
	serve := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(file)))
		_, _ = w.Write(file)
	}
	mux.HandleFunc("GET "+dataset+"/default/train/0.parquet", serve)
	return server.URL
}

// The seed's own config, unchanged but for where things are, against a server that
// serves its model: its row has the seed's columns with right values.
func TestSeedConfigRuns(t *testing.T) {
	t.Setenv("AEB_HUB_ENDPOINT", hub(t))
	t.Setenv("AEB_CACHE_DIR", t.TempDir())
	simulated := simulate.DefaultConfig()
	simulated.Model = "openai/gpt-oss-120b"
	b := openWith(t, aeb.Options{ClickHouse: "off"}, simulated)
	results := filepath.Join(b.dir, "results.csv")
	c, err := config.LoadRun("../../configs/gpt_oss_120b.yaml", "backend.endpoint="+b.sim.URL()+"/v1",
		"output_dir="+b.dir, "metrics.output_dir="+b.dir, "reporter.output_file="+results)
	require.NoError(t, err)
	result, err := b.Run(context.WithoutCancel(t.Context()), c, nil)
	require.NoError(t, err)
	s := result.Summary

	row := rows(t, results)[0]
	require.Equal(t, "gpt_oss_120b_poc", row["config_name"])
	require.Equal(t, "openai/gpt-oss-120b", row["config_model"])
	require.Equal(t, "0", row["config_device_ids"])
	require.Equal(t, strconv.FormatInt(s.Requests.OK, 10), row["summary_successful_prompts"])
	require.Positive(t, s.Requests.OK)
	require.NotEqual(t, "0", row["summary_total_completion_tokens"], "streamed requests have token counts")
	gpu := number(t, row["energy_energy_wh"])
	require.InEpsilon(t, *s.Energy.GPUWh, gpu, 1e-12, "energy_energy_wh is the accelerators' alone")
	require.Greater(t, number(t, row["energy_total_energy_wh"]), gpu)
	require.InEpsilon(t, gpu/1000, number(t, row["energy_energy_kwh"]), 1e-9)
	require.InEpsilon(t, 369.473, number(t, row["energy_carbon_intensity_g_per_kwh"]), 1e-9, "g/kWh of the USA, not a rate")
	require.InEpsilon(t, 369.473*number(t, row["energy_total_energy_kwh"]), number(t, row["energy_emissions_g_co2eq"]), 1e-9)
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}
