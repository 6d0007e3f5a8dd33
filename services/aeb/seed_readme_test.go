package aeb_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// readme is an example of the seed's README: its keys and values, under a name of ours.
type readme struct {
	name, config string
	// model is looked for behind backend.endpoint, of a server of the config's type;
	// without one a server is started.
	model string
	// devices are charged for.
	devices string
	// asked are parts of a request's body, system its system prompt.
	asked  map[string]any
	system string
}

// The examples that are kept, by kind: configs/README.md says which are not, and why.
// Each runs with three prompts.
var readmeExamples = []readme{
	{name: "a first PyTorch benchmark", devices: "0", config: `
backend: {type: pytorch, model: gpt2, device: cuda, device_ids: [0], task: text-generation}`},
	{name: "a large model over several GPUs", devices: "0,1,2,3", config: `
backend: {type: pytorch, model: meta-llama/Llama-2-70b-hf, device: cuda, device_ids: [0, 1, 2, 3], device_map: auto, torch_dtype: auto}`},
	{name: "advanced options but max_memory", devices: "0,1", config: `
backend: {type: pytorch, model: meta-llama/Llama-2-13b-hf, device: cuda, device_ids: [0, 1], torch_dtype: float16,
  load_in_8bit: false, load_in_4bit: false, trust_remote_code: false, device_map: auto, use_cache: true, pad_token_id: 0}`},
	{name: "a model in four bits", devices: "0,1,2,3,4", config: `
backend: {type: pytorch, model: meta-llama/Llama-2-7b-hf, load_in_4bit: true}`},
	{
		name: "a vLLM server", model: "openai/gpt-oss-120b", devices: "0,1,2,3,4", config: `
backend: {type: vllm, model: openai/gpt-oss-120b}`,
		asked: map[string]any{"max_tokens": 100.0, "min_tokens": 50.0},
	},
	{
		name: "every generation parameter", model: "openai/gpt-oss-120b", devices: "0,1,2,3,4", config: `
backend: {type: vllm, model: openai/gpt-oss-120b}
scenario:
  dataset_name: AIEnergyScore/text_generation
  text_column_name: text
  truncation: true
  input_shapes: {batch_size: 1}
  generate_kwargs: {max_new_tokens: 100, min_new_tokens: 50, temperature: 0.7, top_p: 0.9, top_k: 50, do_sample: true}`,
		asked: map[string]any{"max_tokens": 100.0, "min_tokens": 50.0, "temperature": 0.7, "top_p": 0.9, "top_k": 50.0},
	},
	{
		name: "a light workload", model: "m", devices: "0,1,2,3,4", config: `
backend: {type: vllm, model: m}
scenario: {generate_kwargs: {max_new_tokens: 50}}`,
		asked: map[string]any{"max_tokens": 50.0},
	},
	{
		name: "the effort of gpt-oss", model: "openai/gpt-oss-20b", devices: "0,1,2,3,4", config: `
backend: {type: vllm, model: openai/gpt-oss-20b}
scenario: {reasoning: true, reasoning_params: {reasoning_effort: high}}`,
		asked: map[string]any{"reasoning_effort": "high"},
	},
	{
		name: "SmolLM3 that thinks", model: "HuggingFaceTB/SmolLM3-3B", devices: "0,1,2,3,4", config: `
backend: {type: pytorch, model: HuggingFaceTB/SmolLM3-3B, device: cuda}
scenario: {reasoning: true, reasoning_params: {enable_thinking: true}}`,
		asked: map[string]any{"generation_config": `{"min_new_tokens":50}`}, system: "/think",
	},
	{
		name: "DeepSeek-R1 with a budget", model: "deepseek-ai/DeepSeek-R1", devices: "0,1,2,3,4", config: `
backend: {type: pytorch, model: deepseek-ai/DeepSeek-R1, device: cuda}
scenario: {reasoning: true, reasoning_params: {enable_thinking: true, thinking_budget: 1000}}`,
		asked: map[string]any{"chat_template_kwargs": map[string]any{"thinking_budget": 1000.0}},
	},
	{
		name: "Qwen that thinks on four GPUs", model: "Qwen/Qwen2.5-72B-Instruct", devices: "0,1,2,3", config: `
backend: {type: pytorch, model: Qwen/Qwen2.5-72B-Instruct, device: cuda, device_ids: [0, 1, 2, 3]}
scenario: {reasoning: true, reasoning_params: {enable_thinking: true}}`,
		asked: map[string]any{"chat_template_kwargs": map[string]any{"enable_thinking": true}},
	},
	{name: "a French grid and a file of its own", model: "m", devices: "0,1,2,3,4", config: `
backend: {type: vllm, model: m}
metrics: {type: codecarbon, enabled: true, project_name: my_benchmark, country_iso_code: FRA}
reporter: {type: csv}`},
}

func TestSeedReadmeExamples(t *testing.T) {
	b := seedBench(t)
	for _, tt := range readmeExamples {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "example.yaml")
			require.NoError(t, os.WriteFile(path, []byte("name: example\n"+strings.TrimSpace(tt.config)+"\n"), 0o600))
			overrides := []string{"scenario.num_samples=3"}
			var server *front
			if tt.model != "" {
				var endpoint string
				server, endpoint = b.serveModel(t, tt.model)
				server.transformers = strings.Contains(tt.config, "type: pytorch")
				overrides = append(overrides, "backend.endpoint="+endpoint)
			}
			c, results := b.seed(t, path, overrides...)
			result, err := b.Run(context.WithoutCancel(t.Context()), c, nil)
			require.NoError(t, err)

			require.EqualValues(t, 3, result.Summary.Requests.OK)
			var charged []string
			for _, d := range result.Summary.Devices {
				if d.Kind == event.KindGPU {
					charged = append(charged, strings.TrimPrefix(d.ID, "SIM-GPU-"))
				}
			}
			require.Equal(t, tt.devices, strings.Join(charged, ","))
			row := csvtest.Rows(t, results)[0]
			require.Equal(t, tt.devices, row["config_device_ids"])
			require.Equal(t, c.Metrics.CountryISOCode, row["energy_country"])
			require.Positive(t, number(t, row["energy_energy_wh"]))
			for key, want := range tt.asked {
				require.Equal(t, want, server.asked(t)[key], key)
			}
			if tt.system != "" {
				first := server.asked(t)["messages"].([]any)[0]
				require.Equal(t, map[string]any{"role": "system", "content": tt.system}, first)
			}
		})
	}
}

// The README's loop over models is a sweep here: each run has a server of its model,
// that is started for it.
func TestSeedReadmeComparesModels(t *testing.T) {
	b := seedBench(t)
	all, err := config.LoadRuns("testdata/seed/pytorch_test.yaml", true, "backend.model=microsoft/phi-2,HuggingFaceTB/SmolLM3-3B",
		"output_dir="+b.dir, "reporter.output_file="+filepath.Join(b.dir, "results.csv"), "scenario.repeat=true")
	require.NoError(t, err)
	sweep, err := b.Sweep(context.WithoutCancel(t.Context()), all, aeb.SweepOptions{})
	require.NoError(t, err)
	require.Len(t, sweep.Comparison.Runs, 2)
	var models []string
	for _, row := range csvtest.Rows(t, filepath.Join(b.dir, "results.csv")) {
		models = append(models, row["config_model"])
	}
	require.Equal(t, []string{"microsoft/phi-2", "HuggingFaceTB/SmolLM3-3B"}, models)
}

// A run whose server was started is driven again with one that is started, where the
// first one was.
func TestStartedServerOfARerun(t *testing.T) {
	b := seedBench(t)
	ctx := context.WithoutCancel(t.Context())
	c, _ := b.seed(t, "testdata/seed/pytorch_test.yaml")
	require.True(t, c.Backend.Unstarted())
	first, err := b.Run(ctx, c, nil)
	require.NoError(t, err)
	again, err := b.RerunConfig(ctx, first.Run, config.NewLoader(), "name=again")
	require.NoError(t, err)
	require.True(t, again.Backend.Start)
	require.False(t, again.Backend.Unstarted(), "the record says where the server was")
	second, err := b.Rerun(ctx, first.Run, again, nil)
	require.NoError(t, err)
	require.Equal(t, first.Summary.Requests.OK, second.Summary.Requests.OK)
}

// A client of services that run elsewhere starts none for them, and makes no run.
func TestServerIsStartedOnlyBesideTheDriver(t *testing.T) {
	ctx := context.WithoutCancel(t.Context())
	broker, err := nats.Start(ctx, nats.Options{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Stop(ctx)) })
	require.NoError(t, natsbus.Ensure(ctx, broker.ConnectOptions()))
	client, err := aeb.Open(ctx, aeb.Options{NATS: broker.URL(), Transformers: os.Args[0]})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close(ctx)) })
	c, err := config.LoadRun("testdata/seed/pytorch_test.yaml")
	require.NoError(t, err)
	_, err = client.Run(ctx, c, nil)
	require.ErrorIs(t, err, aeb.ErrStart)
	require.Equal(t, service.ExitUsage, aeb.ExitCode(err))
	all, err := client.Runs(ctx)
	require.NoError(t, err)
	require.Empty(t, all)
}

// The README's variables, as they are written there, and a dataset on disk.
func TestSeedReadmeVariablesAndLocalDataset(t *testing.T) {
	b := seedBench(t)
	_, endpoint := b.serveModel(t, "meta-llama/Llama-3-70b")
	t.Setenv("VLLM_ENDPOINT", endpoint)
	t.Setenv("MODEL_NAME", "meta-llama/Llama-3-70b")
	t.Setenv("NUM_SAMPLES", "2")
	c, results := b.seed(t, "../../pkg/config/testdata/seed/variables.yaml", "scenario.dataset_name=../../configs/prompts/questions.jsonl")
	_, err := b.Run(context.WithoutCancel(t.Context()), c, nil)
	require.NoError(t, err)
	row := csvtest.Rows(t, results)[0]
	require.Equal(t, "meta-llama/Llama-3-70b", row["config_model"])
	require.Equal(t, strconv.Itoa(2), row["summary_successful_prompts"])
}
