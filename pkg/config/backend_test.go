package config

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestResponsesAPI(t *testing.T) {
	for _, backend := range []string{BackendVLLM, BackendSGLang, BackendOllama, BackendOpenAI} {
		run, err := Loader{}.LoadRun("", "backend.type="+backend, "backend.api=responses")
		require.NoError(t, err, backend)
		require.Nil(t, run.Scenario.GenerateKwargs.MinNewTokens, "%s: a default that could not be sent", backend)
	}
	_, err := Loader{}.LoadRun("", "backend.type=tgi", "backend.api=responses")
	require.ErrorContains(t, err, "backend.type tgi has no responses API")
}

// What was asked for and would not reach the server is refused by key and by type of
// server; what the server has a field for is not.
func TestParametersThatAServerHasNoFieldFor(t *testing.T) {
	const base = "scenario.generate_kwargs."
	keys := map[string]string{"min_new_tokens": "9", "top_k": "5", "ignore_eos": "true", "seed": "7", "stop": "[x]"}
	for _, tt := range []struct {
		backend, api string
		refused      []string
	}{
		{"vllm", "chat", nil},
		{"vllm", "responses", []string{"min_new_tokens"}},
		{"pytorch", "chat", []string{"ignore_eos"}},
		{"sglang", "completions", nil},
		{"sglang", "responses", []string{"ignore_eos", "min_new_tokens", "seed"}},
		{"tgi", "completions", []string{"ignore_eos", "min_new_tokens", "top_k"}},
		{"ollama", "chat", []string{"ignore_eos", "min_new_tokens", "top_k"}},
		{"openai", "chat", []string{"ignore_eos", "min_new_tokens", "top_k"}},
		{"openai", "responses", []string{"ignore_eos", "min_new_tokens", "seed", "stop", "top_k"}},
	} {
		overrides := []string{"backend.type=" + tt.backend, "backend.api=" + tt.api}
		_, err := Loader{}.LoadRun("", overrides...)
		require.NoError(t, err, "the defaults are never refused")
		for key, value := range keys {
			overrides = append(overrides, base+key+"="+value)
		}
		_, err = Loader{}.LoadRun("", overrides...)
		var refused []string
		if e, ok := errors.AsType[*Error](err); ok {
			for _, p := range e.Problems {
				require.Contains(t, p.Text, "backend.type "+tt.backend+" has no parameter for it")
				refused = append(refused, strings.TrimPrefix(p.Path, base))
			}
		}
		slices.Sort(refused)
		require.Equal(t, tt.refused, refused, "%s %s", tt.backend, tt.api)
	}
	_, err := Loader{}.LoadRun("", "backend.type=openai", base+"top_k=5")
	require.ErrorContains(t, err, "leave it out, or use a server of type pytorch or sglang or vllm")
	_, err = Loader{}.LoadRun("", "backend.api=responses", base+"min_new_tokens=5")
	require.ErrorContains(t, err, "in backend.api responses; leave it out")
	require.NotContains(t, err.Error(), "or use a server")
}
