package config

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// files is a search path of one folder in memory.
func files(content map[string]string) Loader {
	fsys := fstest.MapFS{}
	for name, text := range content {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Loader{Roots: []Root{{Name: "mem", FS: fsys}}}
}

func groups(run string) Loader {
	return files(map[string]string{
		"run.yaml":           run,
		"base.yaml":          "name: base\noutput_dir: from_base\n",
		"backend/vllm.yaml":  "model: from_vllm\ntimeout_s: 11\n",
		"backend/other.yaml": "model: from_other\n",
		"backend/deep.yaml":  "defaults: [vllm, _self_]\ntimeout_s: 22\n",
		"load/burst.yaml":    "# @package _global_\nload: {concurrency: 9}\nscenario: {num_samples: 99}\n",
		"preset/big.yaml":    "# @package scenario\nnum_samples: 1000\n",
		"nested/own.yaml":    "# @package _global_\ndefaults:\n  - /backend: vllm\n  - override /load: burst\n",
	})
}

func TestOwnKeysWinWithoutSelf(t *testing.T) {
	run, err := groups("defaults:\n  - backend: vllm\nbackend:\n  model: own\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, "own", run.Backend.Model)
	require.InDelta(t, 11, run.Backend.TimeoutS, 0)
}

func TestSelfFirstLetsGroupsWin(t *testing.T) {
	run, err := groups("defaults:\n  - _self_\n  - backend: vllm\nbackend:\n  model: own\n  timeout_s: 1\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, "from_vllm", run.Backend.Model)
}

func TestLaterEntriesWin(t *testing.T) {
	run, err := groups("defaults:\n  - base\n  - backend: [vllm, other]\nname: own\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, "from_other", run.Backend.Model)
	require.InDelta(t, 11, run.Backend.TimeoutS, 0)
	require.Equal(t, "own", run.Name)
	require.Equal(t, "from_base", run.OutputDir)
}

func TestGroupFilesHaveDefaultsOfTheirOwn(t *testing.T) {
	run, err := groups("defaults:\n  - backend: deep\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, "from_vllm", run.Backend.Model)
	require.InDelta(t, 22, run.Backend.TimeoutS, 0)
}

func TestPackages(t *testing.T) {
	run, err := groups("defaults:\n  - load: burst\n  - preset: big\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, int64(9), run.Load.Concurrency)
	require.Equal(t, int64(1000), run.Scenario.NumSamples)

	run, err = groups("defaults:\n  - backend@backend: vllm\n  - preset/big@scenario\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, int64(1000), run.Scenario.NumSamples)
}

func TestOptionalAndNull(t *testing.T) {
	run, err := groups("defaults:\n  - optional backend: nothing\n  - load: null\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, Default().Backend, run.Backend)

	run, err = groups("defaults:\n  - load: null\n").LoadRun("run", "load=burst")
	require.NoError(t, err)
	require.Equal(t, int64(9), run.Load.Concurrency)
}

func TestOverrideEntry(t *testing.T) {
	run, err := groups("defaults:\n  - backend: vllm\n  - override backend: other\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, "from_other", run.Backend.Model)
	require.InDelta(t, Default().Backend.TimeoutS, run.Backend.TimeoutS, 0)

	_, err = groups("defaults:\n  - override backend: other\n").LoadRun("run")
	require.ErrorContains(t, err, "mem/run.yaml:2: defaults: override backend: no defaults list has that group")
}

func TestGroupsFromTheCommandLine(t *testing.T) {
	l := groups("defaults:\n  - backend: vllm\nname: x\n")
	run, err := l.LoadRun("run", "backend=other", "backend.timeout_s=5")
	require.NoError(t, err)
	require.Equal(t, "from_other", run.Backend.Model)
	require.InDelta(t, 5, run.Backend.TimeoutS, 0)

	run, err = l.LoadRun("run", "~backend")
	require.NoError(t, err)
	require.Equal(t, Default().Backend.Model, run.Backend.Model)

	run, err = l.LoadRun("run", "load=burst")
	require.NoError(t, err)
	require.Equal(t, int64(9), run.Load.Concurrency)

	_, err = l.LoadRun("run", "backend=vlm")
	require.ErrorContains(t, err, `override: backend: there is no config "vlm"; did you mean vllm?`)
}

func TestVariablesInTheDefaultsList(t *testing.T) {
	l := groups("defaults:\n  - backend: ${oc.env:BACKEND,vllm}\n")
	run, err := l.LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, "from_vllm", run.Backend.Model)
	l.LookupEnv = environment(map[string]string{"BACKEND": "other"})
	run, err = l.LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, "from_other", run.Backend.Model)
}

func TestDefaultsThatGoInCircles(t *testing.T) {
	_, err := files(map[string]string{
		"run.yaml": "defaults: [a]\n", "a.yaml": "defaults: [b]\n", "b.yaml": "defaults: [a]\n",
	}).LoadRun("run")
	require.ErrorContains(t, err, "is included by itself")
}

func TestDefaultsCannotLeaveTheSearchPath(t *testing.T) {
	_, err := groups("defaults:\n  - ../../etc/passwd\n").LoadRun("run")
	require.ErrorContains(t, err, "is not the name of a config")
}

func TestAnEmptySectionKeepsItsDefaults(t *testing.T) {
	run, err := groups("backend:\nscenario:\n  # nothing yet\n").LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, Default(), run)
}

func TestNullTakesAnOptionalValueAway(t *testing.T) {
	run, err := groups("scenario: {generate_kwargs: {min_new_tokens: null}}\nmetrics: {region: ~}\n").LoadRun("run")
	require.NoError(t, err)
	require.Nil(t, run.Scenario.GenerateKwargs.MinNewTokens)
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	run, err := groups(`
scenario:
  reasoning_params: &p {effort: high, budget: 5}
  input_shapes:
    <<: *p
    budget: 6
`).LoadRun("run")
	require.NoError(t, err)
	require.Equal(t, map[string]any{"effort": "high", "budget": int64(6)}, run.Scenario.InputShapes)
	require.Equal(t, map[string]any{"effort": "high", "budget": int64(5)}, run.Scenario.ReasoningParams)
}
