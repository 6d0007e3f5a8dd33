package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoadShapes(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		says string // "" when the config is right
	}{
		{"gamma", []string{"load.type=gamma", "load.rate_per_s=5", "load.burstiness=0.25"}, ""},
		{"gamma alone is poisson", []string{"load.type=gamma", "load.rate_per_s=5"}, ""},
		{"ramp, then steady", []string{"load.type=poisson", "load.stages=[{from_rate_per_s: 1, rate_per_s: 9, duration_s: 10}, {rate_per_s: 9}]"}, ""},
		{"pause between", []string{"load.type=constant", "load.stages=[{rate_per_s: 4, duration_s: 5}, {rate_per_s: 0, duration_s: 5}, {rate_per_s: 4, duration_s: 5}]"}, ""},
		{"asap", []string{"load.type=asap"}, ""},
		{"trace", []string{"load.type=trace", "scenario.dataset_format=mooncake", "scenario.dataset_name=t.jsonl"}, ""},
		{"trace by the usual column", []string{"load.type=trace", "scenario.dataset_name=t.csv"}, ""},
		{"timed closed loop", []string{"load.duration_s=60", "load.warmup_s=5"}, ""},
		{"synthetic", []string{"scenario.dataset_name=synthetic", "scenario.synthetic={input_tokens: {mean: 100, std: 20, min: 1}, output_tokens: {mean: 8}}"}, ""},

		{"rate and stages", []string{"load.type=constant", "load.rate_per_s=1", "load.stages=[{rate_per_s: 1}]"}, "load.rate_per_s: the stages have"},
		{"stages closed", []string{"load.stages=[{rate_per_s: 1}]"}, "load.stages[0].rate_per_s: a closed loop"},
		{"endless middle", []string{"load.type=constant", "load.stages=[{rate_per_s: 1}, {rate_per_s: 2}]"}, "load.stages[0].duration_s: 0 is not positive"},
		{"endless nothing", []string{"load.type=constant", "load.stages=[{rate_per_s: 0}]"}, "load.stages[0].rate_per_s"},
		{"exponential from nothing", []string{"load.type=constant", "load.stages=[{from_rate_per_s: 0, rate_per_s: 2, duration_s: 1, shape: exponential}]"}, "load.stages[0].shape: an exponential"},
		{"unknown shape", []string{"load.type=constant", "load.stages=[{from_rate_per_s: 1, rate_per_s: 2, duration_s: 1, shape: liner}]"}, "did you mean linear?"},
		{"burstiness without gamma", []string{"load.type=poisson", "load.rate_per_s=1", "load.burstiness=2"}, "load.burstiness: needs load.type gamma"},
		{"trace without times", []string{"load.type=trace", "scenario.dataset_name=builtin"}, "load.type: a trace takes its arrival times from the dataset, and builtin has none"},
		{"trace without a column", []string{"load.type=trace", "scenario.timestamp_column=null"}, "load.type: a trace needs scenario.timestamp_column"},
		{"shuffled trace", []string{"load.type=trace", "scenario.dataset_format=mooncake", "scenario.shuffle=true"}, "scenario.shuffle: would tear"},
		{"two warm-ups", []string{"load.warmup=1", "load.warmup_share=0.1"}, "load.warmup: warmup, warmup_share and warmup_s"},
		{"all warm-up", []string{"load.warmup_s=5", "load.duration_s=5"}, "load.warmup_s: 5 of 5"},
		{"synthetic without lengths", []string{"scenario.dataset_name=synthetic"}, "scenario.synthetic: missing"},
		{"lengths for a file", []string{"scenario.synthetic={input_tokens: {mean: 9}}"}, "scenario.synthetic: needs dataset_name synthetic"},
		{"min above mean", []string{"scenario.dataset_name=synthetic", "scenario.synthetic={input_tokens: {mean: 9, min: 10}}"}, "scenario.synthetic.input_tokens.min: 10 is not between"},
		{"format", []string{"scenario.dataset_format=parket"}, "did you mean parquet?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Loader{}.LoadRun("", c.keys...)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestTimeLimitTakesAllThePromptsItNeeds(t *testing.T) {
	run, err := Loader{}.LoadRun("", "load.duration_s=60")
	require.NoError(t, err)
	require.True(t, run.Scenario.Repeat)
	require.Greater(t, run.Scenario.NumSamples, int64(1_000_000))

	run, err = Loader{}.LoadRun("", "load.duration_s=60", "scenario.num_samples=7", "scenario.repeat=false")
	require.NoError(t, err)
	require.False(t, run.Scenario.Repeat)
	require.EqualValues(t, 7, run.Scenario.NumSamples)
}

func TestStageAt(t *testing.T) {
	require.Zero(t, Load{}.StageAt(5))
	load := Load{Stages: []Stage{{Name: "calm", DurationS: 10}, {DurationS: 5}, {Name: "rest"}}}
	for at, want := range map[float64]int{0: 1, 9.9: 1, 10: 2, 14.9: 2, 15: 3, 1e6: 3} {
		require.Equal(t, want, load.StageAt(at), at)
	}
	require.Equal(t, "rest", load.StageName(3))
	for _, stage := range []int{-1, 0, 2, 4} {
		require.Empty(t, load.StageName(stage))
	}
}
