package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDialogueKeys(t *testing.T) {
	for _, c := range []struct {
		says string
		keys []string
	}{
		{"", []string{"scenario.sessions=true", "scenario.max_turns=3", "scenario.turn_delay_s=0.5", "scenario.history=server"}},
		{"did you mean server?", []string{"scenario.sessions=true", "scenario.history=sever"}},
		{"scenario.sessions: needs backend.api chat", []string{"scenario.sessions=true", "backend.api=completions"}},
		{"scenario.sessions: needs a dataset of conversations", []string{"scenario.sessions=true", "scenario.dataset_name=builtin"}},
		{"scenario.max_turns: needs scenario.sessions", []string{"scenario.max_turns=3"}},
		{"scenario.history: needs scenario.sessions", []string{"scenario.history=server"}},
		{"scenario.turn_delay_s: -1", []string{"scenario.sessions=true", "scenario.turn_delay_s=-1"}},
		{"", []string{"scenario.max_input_tokens=100", "scenario.truncate_by=characters"}},
		{"scenario.truncate_by: needs scenario.max_input_tokens", []string{"scenario.truncate_by=characters"}},
		{"scenario.max_input_tokens: needs scenario.truncation", []string{"scenario.max_input_tokens=100", "scenario.truncation=false"}},
		{"server: vllm has no parameter for it in backend.api responses", []string{"backend.api=responses", "scenario.max_input_tokens=100", "scenario.truncate_by=server"}},
		{"did you mean characters?", []string{"scenario.max_input_tokens=100", "scenario.truncate_by=character"}},
	} {
		_, err := Loader{}.LoadRun("", c.keys...)
		if c.says == "" {
			require.NoError(t, err, c.keys)
			continue
		}
		require.ErrorContains(t, err, c.says, c.keys)
	}
	run, err := Loader{}.LoadRun("", "scenario.sessions=true", "scenario.max_input_tokens=100")
	require.NoError(t, err)
	require.Equal(t, HistoryDataset, run.Scenario.History)
	require.Equal(t, TruncateServer, run.Scenario.TruncatedBy())
	run, err = Loader{}.LoadRun("", "backend.api=responses", "scenario.max_input_tokens=100")
	require.NoError(t, err)
	require.Equal(t, TruncateCharacters, run.Scenario.TruncatedBy())
	require.Empty(t, Default().Scenario.TruncatedBy())
}
