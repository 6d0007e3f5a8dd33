package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOverridesAreTypedLikeYAML(t *testing.T) {
	run, err := Loader{}.LoadRun("",
		"scenario.num_samples=1e3", "backend.model=123", "backend.device_ids=[1, 2]",
		"metrics.enabled=False", "metrics.region=null", "name='a, b'",
		"scenario.generate_kwargs.extra_body={guided: {regex: '[0-9]+'}}",
		"scenario.generate_kwargs.stop=[\"\\n\", end]", "scenario.seed=-7", "output_dir=")
	require.ErrorContains(t, err, "output_dir: missing")
	require.Equal(t, int64(1000), run.Scenario.NumSamples)
	require.Equal(t, "123", run.Backend.Model)
	require.Equal(t, []int{1, 2}, run.Backend.DeviceIDs)
	require.False(t, run.Metrics.Enabled)
	require.Empty(t, run.Metrics.Region)
	require.Equal(t, "a, b", run.Name)
	require.Equal(t, map[string]any{"guided": map[string]any{"regex": "[0-9]+"}}, run.Scenario.GenerateKwargs.Extra)
	require.Equal(t, []string{"\n", "end"}, run.Scenario.GenerateKwargs.Stop)
	require.Equal(t, int64(-7), run.Scenario.Seed)
}

func TestLaterOverridesWin(t *testing.T) {
	run, err := Loader{}.LoadRun("", "name=a", "name=b")
	require.NoError(t, err)
	require.Equal(t, "b", run.Name)
}

func TestAddAndForceAndRemove(t *testing.T) {
	l := groups("scenario:\n  reasoning_params: {effort: high, budget: 5}\nname: x\n")
	run, err := l.LoadRun("run", "+scenario.reasoning_params.extra=1", "++scenario.reasoning_params.effort=low", "~scenario.reasoning_params.budget", "~name=x")
	require.NoError(t, err)
	require.Equal(t, map[string]any{"effort": "low", "extra": int64(1)}, run.Scenario.ReasoningParams)
	require.Equal(t, "benchmark", run.Name)

	_, err = l.LoadRun("run", "+scenario.reasoning_params.effort=low")
	require.ErrorContains(t, err, "has a value already (mem/run.yaml:2)")
	_, err = l.LoadRun("run", "~name=y")
	require.ErrorContains(t, err, "there is no such value to take away")
}

func TestMappingOverridesMerge(t *testing.T) {
	run, err := Loader{}.LoadRun("", "load={concurrency: 4}", "load.warmup=2")
	require.NoError(t, err)
	require.Equal(t, Load{Type: LoadClosed, Concurrency: 4, Warmup: 2, FailFast: 3}, run.Load)
}

func TestSweep(t *testing.T) {
	f := func(want [][]string, overrides ...string) {
		t.Helper()
		got, err := Sweep(overrides...)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	f([][]string{nil})
	f([][]string{{"a=1"}}, "a=1")
	f([][]string{{"a=1", "x=9", "b=3"}, {"a=1", "x=9", "b=4"}, {"a=2", "x=9", "b=3"}, {"a=2", "x=9", "b=4"}}, "a=1,2", "x=9", "b=3, 4")
	f([][]string{{"a=[1,2]"}, {"a=[3]"}}, "a=[1,2],[3]")
	f([][]string{{"a='x,y'"}}, "a='x,y'")
	f([][]string{{"a=${oc.env:A,b}"}}, "a=${oc.env:A,b}")
	f([][]string{{"a=0"}, {"a=1"}, {"a=2"}}, "a=range(3)")
	f([][]string{{"a=8"}, {"a=4"}}, "a=range(8,0,-4)")
	f([][]string{{"+a=1"}, {"+a=2"}}, "+a=1,2")
	f([][]string{{"~a=1,2"}}, "~a=1,2")
	f([][]string{{"backend=vllm"}, {"backend=other"}}, "backend=vllm,other")
}

func TestSweepRefuses(t *testing.T) {
	for _, text := range []string{"a=range(1,0)", "a=range(0,5,0)", "a=range(x)", "a=[1,2", "a=range(0,20000)", "a=range(0,9,1,1)"} {
		_, err := Sweep(text)
		require.Error(t, err, text)
		require.True(t, IsUsage(err), text)
	}
}
