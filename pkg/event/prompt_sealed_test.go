package event

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSealedTextsOpenWithTheirKeyOnly(t *testing.T) {
	key := NewTextKey()
	make := func() *PromptQueued {
		return &PromptQueued{RequestID: "r1", Index: 1, Prompt: "a secret", Turns: []Turn{{Answer: "an answer", Prompt: "another"}}}
	}
	p := make()
	require.NoError(t, p.Seal(key))
	text, err := json.Marshal(p)
	require.NoError(t, err)
	for _, word := range []string{"secret", "answer\":\"an", "another"} {
		require.NotContains(t, string(text), word)
	}
	again := make()
	require.NoError(t, again.Seal(key))
	require.Equal(t, p, again, "who publishes it again publishes the same")

	require.ErrorIs(t, again.Open(NewTextKey()), ErrSealed)
	moved := *p
	moved.Index = 2
	require.ErrorIs(t, moved.Open(key), ErrSealed)
	require.ErrorIs(t, make().Open(key), ErrSealed, "it was never sealed")
	require.Error(t, p.Open([]byte("short")))
	require.NoError(t, p.Open(key))
	require.Equal(t, make(), p)
}
