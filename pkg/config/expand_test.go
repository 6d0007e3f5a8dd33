package config

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScenariosAreRunsOfTheirOwn(t *testing.T) {
	all, err := Loader{}.LoadRuns(filepath.Join("..", "..", "configs", "scenarios.yaml"), false, "load.concurrency=3")
	require.NoError(t, err)
	require.Len(t, all, 3)
	names := []string{"short", "long", "steady"}
	for i, v := range all {
		require.Equal(t, names[i], v.Label)
		require.Equal(t, "answers-"+names[i], v.Run.Name)
		require.EqualValues(t, 3, v.Run.Load.Concurrency, "the command line comes over every scenario")
		require.EqualValues(t, 60, v.Run.Scenario.NumSamples, "the file's own keys are shared")
	}
	require.EqualValues(t, 32, *all[0].Run.Scenario.GenerateKwargs.MaxNewTokens)
	require.EqualValues(t, 192, *all[1].Run.Scenario.GenerateKwargs.MaxNewTokens)
	require.Equal(t, LoadPoisson, all[2].Run.Load.Type)
	require.Equal(t, LoadClosed, all[0].Run.Load.Type, "one scenario's keys do not reach another")
}

func TestSweepOverScenarios(t *testing.T) {
	path := filepath.Join("..", "..", "configs", "scenarios.yaml")
	all, err := Loader{}.LoadRuns(path, true, "scenarios=[short,steady]", "load.concurrency=4,8", "scenario.seed=range(1,3)")
	require.NoError(t, err)
	var labels []string
	for _, v := range all {
		labels = append(labels, v.Label)
	}
	require.Equal(t, []string{
		"short, load.concurrency=4, scenario.seed=1", "steady, load.concurrency=4, scenario.seed=1",
		"short, load.concurrency=4, scenario.seed=2", "steady, load.concurrency=4, scenario.seed=2",
		"short, load.concurrency=8, scenario.seed=1", "steady, load.concurrency=8, scenario.seed=1",
		"short, load.concurrency=8, scenario.seed=2", "steady, load.concurrency=8, scenario.seed=2",
	}, labels)
	require.EqualValues(t, 8, all[7].Run.Load.Concurrency)
	require.EqualValues(t, 2, all[7].Run.Scenario.Seed)

	swept, err := Loader{}.LoadRuns(path, true, "scenarios=short,long")
	require.NoError(t, err)
	require.Equal(t, []string{"short", "long"}, []string{swept[0].Label, swept[1].Label})

	one, err := Loader{}.LoadRun(path, "~scenarios")
	require.NoError(t, err)
	require.Equal(t, "answers", one.Name)
}

func TestLabelsHoldNoSecret(t *testing.T) {
	all, err := Loader{}.LoadRuns("", true, "backend.api_key=sk-1,sk-2", "load.concurrency=2")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "backend.api_key=set", all[0].Label)
	require.Equal(t, "sk-2", all[1].Run.Backend.APIKey.Reveal())
}

func TestOneRunHasNoLabel(t *testing.T) {
	all, err := Loader{}.LoadRuns("", true, "load.concurrency=2")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Empty(t, all[0].Label)
}

// TestScenarioErrorTexts holds what a user sees: each mistake once, with its line.
func TestScenarioErrorTexts(t *testing.T) {
	file := "testdata/scenarios.yaml"
	_, err := Loader{}.LoadRuns(file, true, "load.concurrency=4,0")
	require.Error(t, err)
	require.True(t, IsUsage(err))
	golden(t, "testdata/scenarios.golden", err.Error()+"\n")

	_, err = Loader{}.LoadRun(filepath.Join("..", "..", "configs", "scenarios.yaml"))
	require.ErrorContains(t, err, "the config stands for 3 runs, where one is wanted; take one with scenarios=short")
	_, err = Loader{}.LoadRuns(filepath.Join("..", "..", "configs", "scenarios.yaml"), false, "scenarios=shrot")
	require.ErrorContains(t, err, `there is no scenario "shrot"; there are: short, long, steady`)
}
