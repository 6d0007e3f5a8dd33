package config

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAgainIsTheSameRun: every shipped config comes back from its published form.
func TestAgainIsTheSameRun(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "configs", "*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		all, err := Loader{}.LoadRuns(file, false)
		require.NoError(t, err)
		for _, v := range all {
			again, err := Loader{}.Again(Effective(v.Run))
			require.NoError(t, err, file)
			require.Equal(t, Digest(v.Run), Digest(again), file)
			require.Empty(t, Differences(v.Run, again))
		}
	}
}

func TestAgainTakesOverridesAndForgetsSecrets(t *testing.T) {
	was, err := Loader{}.LoadRun("", "backend.api_key=sk-1", "scenario.generate_kwargs.max_new_tokens=null",
		"scenario.generate_kwargs.min_new_tokens=null", "load.concurrency=7")
	require.NoError(t, err)
	was.Scenario.SystemPrompt = "Cost: ${5}"
	again, err := Loader{}.Again(Effective(was), "load.concurrency=9")
	require.NoError(t, err)
	require.Empty(t, again.Backend.APIKey, "set is no key")
	require.Nil(t, again.Scenario.GenerateKwargs.MaxNewTokens, "what was taken away does not come back as a default")
	require.Equal(t, "Cost: ${5}", again.Scenario.SystemPrompt)
	require.Equal(t, []string{"backend.api_key", "load.concurrency"}, Differences(was, again))

	again, err = Loader{}.Again(Effective(was), "backend.api_key=sk-2")
	require.NoError(t, err)
	require.Equal(t, "sk-2", again.Backend.APIKey.Reveal())
	require.Empty(t, Differences(was, again), "a published config says only that there was a key")

	_, err = Loader{}.Again(Effective(was), "load.concurency=9")
	require.ErrorContains(t, err, "did you mean load.concurrency?")
}
