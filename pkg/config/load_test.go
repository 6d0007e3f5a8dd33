package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// environment is a LookupEnv over a map.
func environment(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
}

func TestDefaultsAreValid(t *testing.T) {
	require.NoError(t, Default().Validate())
	run, err := Loader{}.LoadRun("")
	require.NoError(t, err)
	require.Equal(t, Default(), run)
}

func TestSeedConfigLoadsUnchanged(t *testing.T) {
	run, err := Loader{}.LoadRun("testdata/seed/single.yaml")
	require.NoError(t, err)
	require.Equal(t, "one_gpu", run.Name)
	require.Equal(t, []int{0}, run.Backend.DeviceIDs)
	require.InDelta(t, 0.9, *run.Backend.GPUMemoryUtilization, 0)
	require.Equal(t, int64(10), run.Scenario.NumSamples)
	require.Equal(t, map[string]any{"batch_size": int64(1)}, run.Scenario.InputShapes)
	require.Equal(t, int64(50), *run.Scenario.GenerateKwargs.MinNewTokens)
	require.False(t, *run.Scenario.Reasoning)
	require.Empty(t, run.Metrics.Region)
	require.Equal(t, "./results/one_gpu.csv", run.Reporter.OutputFile)
	require.Equal(t, int64(1), run.Load.Concurrency)
}

func TestSeedEngineOptionsAreKept(t *testing.T) {
	run, err := Loader{}.LoadRun("testdata/seed/engine_options.yaml")
	require.NoError(t, err)
	b := run.Backend
	require.Equal(t, "float16", b.TorchDtype)
	require.Equal(t, "auto", b.DeviceMap)
	require.Equal(t, map[string]string{"0": "24GB", "1": "24GB"}, b.MaxMemory)
	require.False(t, *b.LoadIn8Bit)
	require.True(t, *b.LoadIn4Bit)
	require.False(t, *b.TrustRemoteCode)
	require.True(t, *b.UseCache)
	require.Equal(t, int64(0), *b.PadTokenID)
	require.True(t, *run.Scenario.GenerateKwargs.DoSample)
}

func TestSeedVariables(t *testing.T) {
	run, err := Loader{}.LoadRun("testdata/seed/variables.yaml")
	require.NoError(t, err)
	require.Equal(t, "http://localhost:8000/v1", run.Backend.Endpoint)
	require.Equal(t, int64(100), run.Scenario.NumSamples)

	run, err = Loader{LookupEnv: environment(map[string]string{
		"VLLM_ENDPOINT": "http://my-server:8000/v1", "MODEL_NAME": "meta-llama/Llama-3-70b", "NUM_SAMPLES": "500",
	})}.LoadRun("testdata/seed/variables.yaml")
	require.NoError(t, err)
	require.Equal(t, "http://my-server:8000/v1", run.Backend.Endpoint)
	require.Equal(t, "meta-llama/Llama-3-70b", run.Backend.Model)
	require.Equal(t, int64(500), run.Scenario.NumSamples)
}

func TestSeedReasoningParameters(t *testing.T) {
	run, err := Loader{}.LoadRun("testdata/seed/reasoning.yaml")
	require.NoError(t, err)
	require.True(t, *run.Scenario.Reasoning)
	require.Equal(t, map[string]any{"reasoning_effort": "high", "enable_thinking": true, "thinking_budget": int64(1000)}, run.Scenario.ReasoningParams)
}

// A default must never contradict what the user gave.
func TestMinimumFollowsASmallerMaximum(t *testing.T) {
	run, err := Loader{}.LoadRun("", "scenario.generate_kwargs.max_new_tokens=8")
	require.NoError(t, err)
	require.Equal(t, int64(8), *run.Scenario.GenerateKwargs.MinNewTokens)

	_, err = Loader{}.LoadRun("", "scenario.generate_kwargs.max_new_tokens=8", "scenario.generate_kwargs.min_new_tokens=9")
	require.ErrorContains(t, err, "is more than max_new_tokens")
}

func TestPlacesWithoutAFigureAreFoundBeforeTheRun(t *testing.T) {
	f := func(want string, overrides ...string) {
		t.Helper()
		_, err := Loader{}.LoadRun("", overrides...)
		if want == "" {
			require.NoError(t, err)
			return
		}
		require.ErrorContains(t, err, want)
	}
	f(`metrics.country_iso_code: no carbon intensity for country "US"; did you mean USA (United States)?`, "metrics.country_iso_code=US")
	f("metrics.region: no carbon intensity", "metrics.region=californa")
	f("metrics.cloud_region: no carbon intensity", "metrics.cloud_provider=gcp", "metrics.cloud_region=moon-1")
	f("", "metrics.region=california")
	f("", "metrics.country_iso_code=US", "metrics.enabled=false")
	f("", "metrics.country_iso_code=US", "metrics.force_carbon_intensity_g_per_kwh=30")

	f("metrics.intensity.type", "metrics.intensity.type=oracle")
	f("metrics.intensity.file: type profile needs a file", "metrics.intensity.type=profile")
	f("metrics.intensity.zone: type electricity_maps needs a zone", "metrics.intensity.type=electricity_maps")
	f("metrics.intensity: a sampler asks", "metrics.intensity.type=electricity_maps", "metrics.intensity.zone=DE", "metrics.samplers=0")
	f("metrics.intensity: metrics.force_carbon", "metrics.intensity.type=electricity_maps", "metrics.intensity.zone=DE", "metrics.force_carbon_intensity_g_per_kwh=30")
	f("", "metrics.intensity.type=electricity_maps", "metrics.intensity.zone=DE")
	f("", "metrics.intensity.type=profile", "metrics.intensity.file=day.csv")
	f("", "metrics.intensity.type=table")
}

func TestOpenLoopIsNotHeldToOneAtATime(t *testing.T) {
	run, err := Loader{}.LoadRun("", "load.type=poisson", "load.rate_per_s=5")
	require.NoError(t, err)
	require.Equal(t, int64(openLoopCeiling), run.Load.Concurrency)

	run, err = Loader{}.LoadRun("", "load.type=poisson", "load.rate_per_s=5", "load.concurrency=2")
	require.NoError(t, err)
	require.Equal(t, int64(2), run.Load.Concurrency)
}

func TestPrimaryIsFoundByNameInTheSearchPath(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.yml"), []byte("name: mine\n"), 0o600))
	for _, path := range []string{"mine", "mine.yml", filepath.Join(dir, "mine")} {
		run, err := Loader{Roots: []Root{Dir(dir)}}.LoadRun(path)
		require.NoError(t, err, path)
		require.Equal(t, "mine", run.Name)
	}
	_, err := Loader{Roots: []Root{Dir(dir)}}.LoadRun("mien")
	require.ErrorContains(t, err, "did you mean mine?")
	require.True(t, IsUsage(err))
}

func TestSearchVariable(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "elsewhere.yaml"), []byte("name: elsewhere\n"), 0o600))
	t.Setenv(SearchVariable, dir)
	run, err := LoadRun("elsewhere")
	require.NoError(t, err)
	require.Equal(t, "elsewhere", run.Name)
}

func TestLoadIntoAnyStruct(t *testing.T) {
	cfg := struct {
		Colour string `yaml:"colour"`
		Sizes  []int  `yaml:"sizes"`
	}{Colour: "red"}
	require.NoError(t, LoadInto("", &cfg, "sizes=[1,2]"))
	require.Equal(t, "red", cfg.Colour)
	require.Equal(t, []int{1, 2}, cfg.Sizes)
	require.Error(t, LoadInto("", cfg))
}

// Every file of configs/ must load as it is.
func TestShippedConfigs(t *testing.T) {
	root := filepath.Join("..", "..", "configs")
	runs, err := filepath.Glob(filepath.Join(root, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, runs)
	for _, file := range runs {
		t.Run(filepath.Base(file), func(t *testing.T) {
			runs, err := Loader{}.LoadRuns(file, false)
			require.NoError(t, err)
			for _, v := range runs {
				require.NotEqual(t, Default().Name, v.Run.Name)
			}
		})
	}
	loader := Loader{Roots: []Root{Dir(root)}}
	for _, group := range []string{"backend", "scenario", "load", "metrics", "reporter"} {
		found := options(loader.Roots, group)
		require.NotEmpty(t, found, group)
		for _, option := range found {
			t.Run(group+"="+option, func(t *testing.T) {
				_, err := loader.LoadRun("", group+"="+option)
				require.NoError(t, err)
			})
		}
	}
}

func TestShippedConfigsSayWhatTheyAreFor(t *testing.T) {
	root := filepath.Join("..", "..", "configs")
	demo, err := Loader{}.LoadRun(filepath.Join(root, "demo.yaml"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, demo.Scenario.NumSamples, int64(240))
	require.GreaterOrEqual(t, demo.Load.Concurrency, int64(16))
	require.Equal(t, "builtin", demo.Scenario.DatasetName)

	completions, err := Loader{}.LoadRun(filepath.Join(root, "real_vllm_completions.yaml"))
	require.NoError(t, err)
	require.Equal(t, APICompletions, completions.Backend.API)
	require.Equal(t, "http://127.0.0.1:8000/v1", completions.Backend.Endpoint)
	require.Equal(t, int64(8), completions.Load.Concurrency)
	require.Equal(t, int64(200), completions.Scenario.NumSamples)

	compose, err := Loader{}.LoadRun(filepath.Join(root, "compose.yaml"))
	require.NoError(t, err)
	require.Equal(t, "http://simulator:8000/v1", compose.Backend.Endpoint)
	require.Equal(t, demo.Load, compose.Load)
}
