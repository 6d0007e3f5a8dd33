package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBoundsOfALoad(t *testing.T) {
	for _, c := range []struct {
		says string
		keys []string
	}{
		{"", []string{"load.cooldown=2", "scenario.num_samples=10"}},
		{"load.cooldown: 10 of 10", []string{"load.cooldown=8", "load.warmup=2", "scenario.num_samples=10"}},
		{"load.cooldown: which requests are the last", []string{"load.cooldown=8", "load.duration_s=5"}},
		{"", []string{"load.cooldown_share=0.1", "load.duration_s=5"}},
		{"load.cooldown_share: with warmup_share", []string{"load.cooldown_share=0.5", "load.warmup_share=0.5"}},
		{"", []string{"load.cooldown_s=1", "load.duration_s=5"}},
		{"load.cooldown_s: needs a load whose length is known", []string{"load.cooldown_s=1"}},
		{"load.cooldown_s: with warmup_s, 5 of 5", []string{"load.cooldown_s=2", "load.warmup_s=3", "load.duration_s=5"}},
		{"three ways to say one thing", []string{"load.cooldown=1", "load.cooldown_share=0.1"}},
		{"load.max_errors: -1", []string{"load.max_errors=-1"}},
		{"load.max_error_rate: 1 is not in [0, 1)", []string{"load.max_error_rate=1"}},
		{"", []string{"load.cancel_share=0.2", "load.cancel_after_tokens=5"}},
		{"load.cancel_share: needs cancel_after_tokens or", []string{"load.cancel_share=0.2"}},
		{"load.cancel_share: needs cancel_after_tokens or", []string{"load.cancel_share=0.2", "load.cancel_after_tokens=5", "load.cancel_after_s=1"}},
		{"load.cancel_share: missing", []string{"load.cancel_after_s=1"}},
		{"", []string{"load.retries={max: 2, classes: [overload], delay_s: 0.1}"}},
		{"load.retries.max: 0 is not between", []string{"load.retries={classes: [overload]}"}},
		{"load.retries.classes: at least one", []string{"load.retries={max: 1}"}},
		{"did you mean overload?", []string{"load.retries={max: 1, classes: [overlaod]}"}},
		{"load.retries.classes[0]", []string{"load.retries={max: 1, classes: [bad_request]}"}},
		{"", []string{"load.stages=[{concurrency: 4, duration_s: 1}, {concurrency: 8, requests: 20}, {concurrency: 1}]"}},
		{"load.stages[0].duration_s: missing", []string{"load.stages=[{concurrency: 4}, {concurrency: 8}]"}},
		{"load.stages[0].duration_s: a stage ends by", []string{"load.stages=[{concurrency: 4, duration_s: 1, requests: 3}]"}},
		{"load.stages[0].concurrency: 0", []string{"load.stages=[{requests: 3}]"}},
		{"load.duration_s: the stages", []string{"load.stages=[{concurrency: 1, requests: 3}]", "load.duration_s=4"}},
		{"load.stages[0].concurrency: concurrency and requests need load.type closed", []string{"load.type=poisson", "load.stages=[{rate_per_s: 1, concurrency: 3}]"}},
	} {
		_, err := Loader{}.LoadRun("", c.keys...)
		if c.says == "" {
			require.NoError(t, err, c.keys)
			continue
		}
		require.ErrorContains(t, err, c.says, c.keys)
	}
}

func TestStagesSayHowMuchIsNeeded(t *testing.T) {
	c, err := Loader{}.LoadRun("", "load.stages=[{concurrency: 4, requests: 30}, {concurrency: 16, requests: 70}, {concurrency: 2, requests: 5}]")
	require.NoError(t, err)
	require.EqualValues(t, 16, c.Load.Concurrency)
	require.EqualValues(t, 4, c.Load.FirstConcurrency())
	require.EqualValues(t, 105, c.Scenario.NumSamples)
	require.True(t, c.Scenario.Repeat)
	require.False(t, c.Load.OpenEnd())

	c, err = Loader{}.LoadRun("", "load.stages=[{concurrency: 4, duration_s: 2}, {concurrency: 16, duration_s: 3}]")
	require.NoError(t, err)
	require.True(t, c.Load.OpenEnd())
	require.EqualValues(t, 5, c.Load.LengthS())
	require.EqualValues(t, samplesWithoutLimit, c.Scenario.NumSamples)
}

func TestRetriesAreDeclared(t *testing.T) {
	var none *Retries
	require.False(t, none.Again("overload", 0))
	require.Equal(t, 1, none.Attempts())
	r := &Retries{Max: 2, Classes: []string{"overload"}}
	require.True(t, r.Again("overload", 1))
	require.False(t, r.Again("overload", 2))
	require.False(t, r.Again("timeout", 0))
	require.Equal(t, 3, r.Attempts())
}
