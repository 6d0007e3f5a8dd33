package loading

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

func TestRunGoesFromRequestedToLoaded(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := s.request(configure(50, func(c *config.Run) { c.Load.Warmup = 3 }))
	s.ready(id, everyone...)
	state := s.left(id)
	require.Equal(t, run.Running, state.Phase)
	require.EqualValues(t, 50, *state.Prompts)

	prompts := s.prompts(id)
	requireEachOnce(t, prompts, 50)
	for i, p := range prompts {
		require.EqualValues(t, i, p.Index)
		require.Equal(t, i < 3, p.Warmup)
		require.Nil(t, p.ScheduledNS)
		require.NotEmpty(t, p.Prompt)
	}
	started := recorded[*event.RunStarted](s, id, subject.Ctl)
	require.Len(t, started, 1)
	require.Equal(t, []string{"gpu-1"}, started[0].Hosts)
	require.Equal(t, state.RunningNS, started[0].AtNS)
	loaded := recorded[*event.RunLoaded](s, id, subject.Ctl)
	require.Len(t, loaded, 1)
	require.EqualValues(t, 50, loaded[0].Prompts)
	require.Equal(t, &event.DatasetRead{Origin: "built-in questions", Prompts: 50}, loaded[0].Dataset)
	closed := recorded[*event.ProducerClosed](s, id)
	require.Len(t, closed, 1)
	require.EqualValues(t, 53, closed[0].Count, "started, 50 prompts, loaded, closed")
}

func TestUnusableDatasetsFailTheRunBeforeAnyLoad(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	empty := filepath.Join(t.TempDir(), "empty.jsonl")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	rows := filepath.Join(t.TempDir(), "rows.jsonl")
	require.NoError(t, os.WriteFile(rows, []byte(`{"prompt":"a"}`), 0o600))
	for _, c := range []struct{ name, class, says string }{
		{"./nowhere.jsonl", "dataset_not_found", "nowhere.jsonl"},
		{empty, "dataset_empty", "empty.jsonl"},
		{rows, "dataset_column", "it has prompt"},
		{"acme/none", "dataset_offline", "acme/none"},
	} {
		t.Run(c.class, func(t *testing.T) {
			id := s.request(configure(5, func(r *config.Run) { r.Scenario.DatasetName = c.name }))
			state := s.left(id)
			require.Equal(t, run.Failed, state.Phase)
			require.Equal(t, c.class, state.Failure.Class)
			require.Contains(t, state.Failure.Reason, c.says)
			failed := recorded[*event.RunFailed](s, id, subject.Ctl)
			require.Len(t, failed, 1)
			require.Equal(t, c.class, failed[0].Class)
			require.Empty(t, s.prompts(id))
		})
	}
}

func TestWhoIsMissingFailsTheRun(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	for _, c := range []struct {
		class string
		there []string
	}{
		{"no_sampler", []string{run.Driver, run.Reporter}},
		{"no_driver", []string{run.Reporter, "energy-sampler"}},
		{"no_reporter", []string{run.Driver, "energy-sampler"}},
	} {
		t.Run(c.class, func(t *testing.T) {
			id := s.request(configure(5, nil))
			s.ready(id, c.there...)
			state := s.left(id)
			require.Equal(t, run.Failed, state.Phase)
			require.Equal(t, c.class, state.Failure.Class)
			require.Contains(t, state.Failure.Reason, "no word from")
		})
	}
}

func TestRunWithoutMetricsWaitsForNoSampler(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := s.request(configure(5, func(c *config.Run) { c.Metrics.Samplers = 0 }))
	s.ready(id, run.Driver, run.Reporter)
	require.EqualValues(t, 5, *s.left(id).Prompts)
}

func TestCancelledRunIsNotLoaded(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	id := s.request(configure(1_000_000, func(c *config.Run) { c.Load.Type, c.Load.RatePerS = config.LoadConstant, 500 }))
	s.ready(id, everyone...)
	s.await(id, func(state run.State) bool { return state.Phase == run.Running })
	require.Eventually(t, func() bool { return len(s.prompts(id)) > 10 }, patience, tick)
	_, err := s.store.Update(t.Context(), id, func(state run.State) (run.State, error) {
		return state.Cancel("enough", s.clock.Now().WallNS)
	})
	require.NoError(t, err)
	state := s.loaded(id)
	require.Less(t, *state.Prompts, int64(100_000))
	requireEachOnce(t, s.prompts(id), int(*state.Prompts))
}

func TestPromptThatTheBrokerRefusesFailsTheRun(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	path := filepath.Join(t.TempDir(), "long.txt")
	require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("word ", 1<<20)), 0o600))
	id := s.request(configure(1, func(c *config.Run) { c.Scenario.DatasetName = path }))
	s.ready(id, everyone...)
	state := s.await(id, func(state run.State) bool { return state.Failure != nil && state.AllClosed() })
	require.Equal(t, "load", state.Failure.Class)
}
