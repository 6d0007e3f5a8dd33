package aeb_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// hub serves the seed's datasets as the Hub does, from a Parquet file that
// the datasets library wrote.
func hub(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile("../prompt-loader/internal/dataset/testdata/rows.parquet")
	require.NoError(t, err)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for _, name := range []string{"AIEnergyScore/text_generation", "EnergyStarAI/text_generation"} {
		dataset := "/api/datasets/" + name + "/parquet"
		mux.HandleFunc("GET "+dataset, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"default":{"train":["` + server.URL + dataset + `/default/train/0.parquet"]}}`))
		})
		mux.HandleFunc("GET "+dataset+"/default/train/0.parquet", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(file)))
			_, _ = w.Write(file)
		})
	}
	return server.URL
}

// seedModel is what the simulator behind every server of these tests has.
const seedModel = "a-simulated-model"

// seedBench runs seed configs on five simulated devices, with fake in place of the
// program that serves for pytorch.
func seedBench(t *testing.T) *bench {
	t.Helper()
	t.Setenv("AEB_HUB_ENDPOINT", hub(t))
	t.Setenv("AEB_CACHE_DIR", t.TempDir())
	simulated := simulate.DefaultConfig()
	simulated.Model, simulated.TimeScale = seedModel, 10
	device := simulated.Devices[0]
	simulated.Devices = nil
	for i := range 5 {
		device.ID = "SIM-GPU-" + strconv.Itoa(i)
		simulated.Devices = append(simulated.Devices, device)
	}
	b := openWith(t, aeb.Options{ClickHouse: "off", Transformers: os.Args[0]}, simulated)
	t.Setenv(fakeTransformers, b.sim.URL())
	return b
}

// seed loads a config of the seed unchanged, but for where things go, and for the
// stand-in of its dataset, which is short and is repeated.
func (b *bench) seed(t *testing.T, path string, overrides ...string) (c config.Run, results string) {
	t.Helper()
	results = filepath.Join(t.TempDir(), "results.csv")
	c, err := config.LoadRun(path, append([]string{
		"output_dir=" + b.dir, "metrics.output_dir=" + b.dir, "reporter.output_file=" + results,
		"metrics.baseline_s=0.2", "metrics.cooldown_s=0.1", "scenario.repeat=true",
	}, overrides...)...)
	require.NoError(t, err)
	return c, results
}

// Every config that the seed ships runs: the vLLM ones against a server of their model,
// the pytorch ones against one that is started for them. The numbers of samples are the
// seed's up to ten; more are cut to twenty. A row has the seed's columns with right values.
func TestSeedConfigs(t *testing.T) {
	b := seedBench(t)
	for _, tt := range []struct {
		file, name, backend, model string
		samples, least, most       float64
		devices                    string
		unmeasured                 bool
	}{
		{file: "../../configs/gpt_oss_120b.yaml", name: "gpt_oss_120b_poc", backend: "vllm", model: "openai/gpt-oss-120b", samples: 10, least: 50, most: 100, devices: "0"},
		{file: "testdata/seed/pytorch_test.yaml", name: "pytorch_backend_test", backend: "pytorch", model: "microsoft/phi-2", samples: 3, least: 10, most: 50, devices: "0", unmeasured: true},
		{file: "testdata/seed/pytorch_multigpu.yaml", name: "pytorch_multigpu_benchmark", backend: "pytorch", model: "meta-llama/Llama-2-70b-hf", samples: 20, least: 50, most: 200, devices: "0,1,2,3"},
		{file: "testdata/seed/pytorch_validation.yaml", name: "pytorch_validation_test", backend: "pytorch", model: "openai/gpt-oss-20b", samples: 20, least: 10, most: 10, devices: "0"},
		{file: "testdata/seed/fragments_vllm.yaml", name: "fragments_vllm", backend: "vllm", model: "openai/gpt-oss-120b", samples: 20, least: 50, most: 100, devices: "0"},
		{file: "testdata/seed/fragments_pytorch.yaml", name: "fragments_pytorch", backend: "pytorch", model: "openai/gpt-oss-120b", samples: 20, least: 50, most: 100, devices: "0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var overrides []string
			if tt.samples == 20 {
				overrides = append(overrides, "scenario.num_samples=20")
			}
			if tt.backend == "vllm" {
				_, endpoint := b.serveModel(t, tt.model)
				overrides = append(overrides, "backend.endpoint="+endpoint)
			}
			c, results := b.seed(t, tt.file, overrides...)
			result, err := b.Run(context.WithoutCancel(t.Context()), c, nil)
			require.NoError(t, err)
			s := result.Summary

			row := csvtest.Rows(t, results)[0]
			samples := strconv.FormatFloat(tt.samples, 'f', -1, 64)
			for column, want := range map[string]string{
				"config_name": tt.name, "config_backend": tt.backend, "config_model": tt.model,
				"config_dataset": c.Scenario.DatasetName, "config_num_samples": samples, "config_device_ids": tt.devices,
				"summary_total_prompts": samples, "summary_successful_prompts": samples, "summary_failed_prompts": "0",
				"backend_info_backend": tt.backend, "backend_info_model": tt.model, "backend_info_healthy": "True",
				"metrics_metadata_project_name": c.Metrics.ProjectName,
			} {
				require.Equal(t, want, row[column], column)
			}
			output := number(t, row["summary_total_completion_tokens"])
			require.GreaterOrEqual(t, output, tt.samples*tt.least)
			require.LessOrEqual(t, output, tt.samples*tt.most)
			require.InDelta(t, output+number(t, row["summary_total_prompt_tokens"]), number(t, row["summary_total_tokens"]), 0)
			require.Positive(t, number(t, row["summary_avg_time_to_first_token"]))
			require.Greater(t, number(t, row["summary_avg_latency_seconds"]), number(t, row["summary_avg_time_to_first_token"]))
			if tt.unmeasured {
				require.NotContains(t, row, "energy_energy_wh")
				return
			}

			gpu := number(t, row["energy_energy_wh"])
			require.Positive(t, gpu)
			require.InEpsilon(t, *s.Energy.GPUWh, gpu, 1e-12, "energy_energy_wh is the accelerators' alone")
			require.Greater(t, number(t, row["energy_total_energy_wh"]), gpu)
			require.InEpsilon(t, gpu/1000, number(t, row["energy_energy_kwh"]), 1e-9)
			require.InEpsilon(t, 369.473, number(t, row["energy_carbon_intensity_g_per_kwh"]), 1e-9, "g/kWh of the USA, not a rate")
			require.InEpsilon(t, 369.473*number(t, row["energy_total_energy_kwh"]), number(t, row["energy_emissions_g_co2eq"]), 1e-9)
			charged := []string{}
			for _, d := range s.Devices {
				if d.Kind == event.KindGPU {
					charged = append(charged, strings.TrimPrefix(d.ID, "SIM-GPU-"))
					require.Contains(t, row, "gpu_stats_gpu_"+strings.TrimPrefix(d.ID, "SIM-GPU-")+"_power_draw_w")
				}
			}
			require.Equal(t, tt.devices, strings.Join(charged, ","), "the other devices are nobody's")
		})
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}
