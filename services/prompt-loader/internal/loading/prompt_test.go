package loading

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/dataset"
)

func TestTruncation(t *testing.T) {
	long := dataset.Prompt{Text: "äöüß and more", InputTokens: new(int64(9)), Turns: []dataset.Turn{{Answer: "a long answer", Text: "another long text"}}}
	c := config.Default()
	require.Equal(t, long.Text, queue(c, 0, long).Prompt)

	c.Scenario.MaxInputTokens, c.Scenario.TruncateBy = 2, config.TruncateCharacters
	p := queue(c, 0, long)
	require.Equal(t, "äöüß and", p.Prompt, "eight characters")
	require.Equal(t, digest(p.Prompt), p.PromptSHA256)
	require.EqualValues(t, 2, *p.ExpectedInputTokens)
	require.Equal(t, "another ", p.Turns[0].Prompt)
	require.Equal(t, "another long text", long.Turns[0].Text, "the dataset's own stays")

	c.Scenario.TruncateBy = config.TruncateServer
	c.Scenario.GenerateKwargs.Extra = map[string]any{"x": 1}
	p = queue(c, 0, long)
	require.Equal(t, long.Text, p.Prompt)
	require.Equal(t, map[string]any{"x": 1, "truncate_prompt_tokens": int64(2)}, p.Generate.Extra)
	require.Len(t, c.Scenario.GenerateKwargs.Extra, 1)

	c.Scenario.Truncation = false
	require.NotContains(t, queue(c, 0, long).Generate.Extra, "truncate_prompt_tokens")
}

func TestTurnsCarryTheHistoryThatTheServerIsTold(t *testing.T) {
	p := dataset.Prompt{Text: "one", Turns: []dataset.Turn{{Answer: "answer", Text: "two", OutputTokens: new(int64(7))}}}
	c := config.Default()
	c.Scenario.Sessions, c.Scenario.History = true, config.HistoryDataset
	turn := queue(c, 0, p).Turns[0]
	require.Equal(t, "answer", turn.Answer)
	require.EqualValues(t, 7, *turn.ExpectedOutputTokens)
	require.Equal(t, digest("two"), turn.PromptSHA256)
	c.Scenario.History = config.HistoryServer
	require.Empty(t, queue(c, 0, p).Turns[0].Answer)
}
