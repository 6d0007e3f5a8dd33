package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestResponsesAPI(t *testing.T) {
	for _, backend := range []string{BackendVLLM, BackendSGLang, BackendOllama, BackendOpenAI} {
		run, err := Loader{}.LoadRun("", "backend.type="+backend, "backend.api=responses")
		require.NoError(t, err, backend)
		require.Nil(t, run.Scenario.GenerateKwargs.MinNewTokens, "%s: a default that could not be sent", backend)
	}
	run, err := Loader{}.LoadRun("", "backend.api=responses", "scenario.generate_kwargs.min_new_tokens=9")
	require.NoError(t, err)
	require.Equal(t, int64(9), *run.Scenario.GenerateKwargs.MinNewTokens, "what was given stays, and the driver refuses it")
	_, err = Loader{}.LoadRun("", "backend.type=tgi", "backend.api=responses")
	require.ErrorContains(t, err, "backend.type tgi has no responses API")
}
