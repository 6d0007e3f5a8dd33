package aeb_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

// sweep are the runs of a config against the bench's simulator.
func (b *bench) sweep(t *testing.T, path string, overrides ...string) []config.Variant {
	t.Helper()
	all, err := config.LoadRuns(path, true, append(b.overrides(), overrides...)...)
	require.NoError(t, err)
	return all
}

func TestSweepRunsEveryScenarioAndCombination(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	all := b.sweep(t, "../../configs/scenarios.yaml", "scenarios=[short,long]", "load.concurrency=4,8", "scenario.num_samples=12")
	require.Len(t, all, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var order []string
	sweep, err := b.Sweep(ctx, all, aeb.SweepOptions{
		Show: func(_ int, v config.Variant) func(aeb.Snapshot) {
			order = append(order, v.Label)
			return func(aeb.Snapshot) {}
		},
	})
	require.NoError(t, err)
	values := []map[string]string{
		{"scenarios": "short", "load.concurrency": "4"},
		{"scenarios": "long", "load.concurrency": "4"},
		{"scenarios": "short", "load.concurrency": "8"},
		{"scenarios": "long", "load.concurrency": "8"},
	}
	labels := []string{"short, load.concurrency=4", "long, load.concurrency=4", "short, load.concurrency=8", "long, load.concurrency=8"}
	require.Equal(t, labels, order)
	require.Len(t, sweep.Results, 4)
	folders := map[string]bool{}
	for _, r := range sweep.Results {
		require.EqualValues(t, 12, r.Summary.Requests.OK)
		folders[r.Output] = true
	}
	require.Len(t, folders, 4, "each run has outputs of its own")
	for i := 1; i < len(sweep.Results); i++ {
		require.GreaterOrEqual(t, sweep.Results[i].Summary.StartedNS, sweep.Results[i-1].Summary.EndedNS, "one after another")
	}

	// They are found together, by the sweep's id.
	ids, err := b.InSweep(ctx, string(sweep.ID)[:20])
	require.NoError(t, err)
	states, err := b.Runs(ctx)
	require.NoError(t, err)
	for i, s := range states {
		require.Equal(t, ids[i], s.Run)
		require.Equal(t, &event.Sweep{ID: sweep.ID, Index: i, Of: 4, Label: labels[i], Values: values[i]}, s.Sweep)
	}

	table := sweep.Comparison
	var keys []string
	for _, k := range table.Config {
		keys = append(keys, k.Key)
	}
	require.Equal(t, []string{"load.concurrency", "name", "scenario.generate_kwargs.max_new_tokens", "scenario.generate_kwargs.min_new_tokens"}, keys)
	require.Equal(t, labels[3], table.Runs[3].Label)
	for _, f := range table.Figures {
		if f.Name == "j_per_request_p50" {
			require.NotNil(t, f.Values[0].Interval)
			require.Greater(t, *f.Values[1].Ratio, 1.0, "a long answer costs more")
		}
	}
	again, err := b.Compare(ctx, ids...)
	require.NoError(t, err)
	require.Equal(t, table, again)

	// The folders alone give the same figures, without the configs.
	files, err := aeb.CompareFolders(sweep.Results[0].Output, sweep.Results[1].Output)
	require.NoError(t, err)
	require.True(t, files.UnknownConfig)
	for i, f := range files.Figures {
		require.Equal(t, table.Figures[i].Values[:2], f.Values)
	}
}

func TestFailedRunDoesNotStopASweep(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	overrides := []string{"backend.model=nobody-has-it,openai/gpt-oss-120b", "backend.ready_timeout_s=1", "scenario.num_samples=5", "load.warmup=0"}
	all := b.sweep(t, "../../configs/demo.yaml", overrides...)
	all[1].Run.Backend.Model = b.config(t).Backend.Model
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sweep, err := b.Sweep(ctx, all, aeb.SweepOptions{})
	var failed *aeb.SweepError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 2, failed.Made)
	require.Len(t, failed.Failed, 1)
	require.Equal(t, service.ExitDependency, aeb.ExitCode(err))
	require.EqualValues(t, 5, sweep.Results[1].Summary.Requests.OK)
	require.Equal(t, "failed: model_not_served", sweep.Comparison.Runs[0].Status)

	sweep, err = b.Sweep(ctx, all, aeb.SweepOptions{StopOnFailure: true})
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 1, failed.Made)
	require.ErrorContains(t, err, "1 were not begun")
	require.Len(t, sweep.Results, 1)
}

func TestWorstExitCode(t *testing.T) {
	t.Parallel()
	of := func(classes ...string) error {
		e := &aeb.SweepError{}
		for _, c := range classes {
			e.Failed = append(e.Failed, &aeb.RunError{Class: c})
		}
		return e
	}
	require.Equal(t, service.ExitIncomplete, aeb.ExitCode(of("incomplete")))
	require.Equal(t, service.ExitRunFailed, aeb.ExitCode(of("incomplete", "consecutive_failures")))
	require.Equal(t, service.ExitDependency, aeb.ExitCode(of("no_driver", "consecutive_failures")))
	require.Equal(t, service.ExitUsage, aeb.ExitCode(of("no_driver", "dataset_empty")))
	require.Equal(t, service.ExitInternal, aeb.ExitCode(&aeb.SweepError{Failed: []error{os.ErrClosed, &aeb.RunError{Class: "dataset"}}}))
}

func TestOneKeyForASweep(t *testing.T) {
	t.Parallel()
	all, err := config.LoadRuns("", true, "backend.api_key=sk-a,sk-b")
	require.NoError(t, err)
	_, err = aeb.APIKey(all)
	require.ErrorContains(t, err, "the same key")
	require.NotContains(t, err.Error(), "sk-")
}
