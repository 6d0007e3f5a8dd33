package dataset

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSessions(t *testing.T) {
	path := write(t, "p.jsonl", `{"c":[{"from":"system","value":"s"},{"from":"human","value":"one"},{"from":"gpt","value":"first answer"},{"from":"human","value":"two"},{"from":"gpt","value":"second"},{"from":"human","value":"three"}]}
{"c":[{"role":"assistant","content":"hello"},{"role":"user","content":"said"},{"role":"user","content":"said again"},{"role":"assistant","content":"yes"}]}
{"c":[{"from":"gpt","value":"nobody asked"}]}
{"c":"no conversation"}`)
	s := scenario(path, "c", 10)
	s.Sessions = true
	set, err := read(t, s)
	require.NoError(t, err)
	require.EqualValues(t, 3, set.Len())
	require.EqualValues(t, 1, set.Skipped)
	require.Equal(t, Prompt{Text: "one", Turns: []Turn{{Answer: "first answer", Text: "two"}, {Answer: "second", Text: "three"}}}, set.At(0))
	require.Equal(t, Prompt{Text: "said again"}, set.At(1))
	require.Equal(t, Prompt{Text: "no conversation"}, set.At(2))

	s.MaxTurns, s.ReferenceOutput = 2, true
	set, err = read(t, s)
	require.NoError(t, err)
	three, two := int64(3), int64(2)
	require.Equal(t, Prompt{Text: "one", OutputTokens: &three, Turns: []Turn{{Answer: "first answer", Text: "two", OutputTokens: &two}}}, set.At(0))
}
