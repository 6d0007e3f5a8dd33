package wire

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestBase(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://host:8000":               "http://host:8000",
		"http://host:8000/":              "http://host:8000",
		"http://host:8000/v1":            "http://host:8000",
		"http://host:8000/v1/":           "http://host:8000",
		"http://host:8000//v1//":         "http://host:8000",
		"http://node1/v1":                "http://node1",
		"http://10.0.0.1":                "http://10.0.0.1",
		"https://srv/llm/v1":             "https://srv/llm",
		"https://srv/llm":                "https://srv/llm",
		"http://dev/v11":                 "http://dev/v11",
		"http://u:p@host/v1":             "http://host",
		"http://[::1]:8000/v1":           "http://[::1]:8000",
		"https://srv/v1/projects/1/v1/":  "https://srv/v1/projects/1",
		"http://host.docker.internal/v1": "http://host.docker.internal",
	} {
		got, err := Base(endpoint)
		require.NoError(t, err)
		require.Equal(t, want, got, endpoint)
	}
	_, err := Base("http://a b/")
	require.Error(t, err)
}

func body(t *testing.T, c config.Run, p event.PromptQueued) string {
	t.Helper()
	raw, err := Body(c, &p)
	require.NoError(t, err)
	return string(raw)
}

func TestBodies(t *testing.T) {
	chat := config.Run{Backend: config.Backend{Model: "m", API: config.APIChat}}
	completions := config.Run{Backend: config.Backend{Model: "m", API: config.APICompletions}}
	require.Equal(t, "chat/completions", API(chat.Backend))
	require.Equal(t, "completions", API(completions.Backend))

	require.JSONEq(t, `{"model":"m","messages":[{"role":"user","content":"why?"}],"stream":true,"stream_options":{"include_usage":true}}`,
		body(t, chat, event.PromptQueued{Prompt: "why?"}))
	require.JSONEq(t, `{"model":"m","prompt":"why?","stream":true,"stream_options":{"include_usage":true},
		"max_tokens":16,"min_tokens":16,"ignore_eos":true,"temperature":0,"top_p":0.9,"top_k":5,"seed":7,"stop":["x"]}`,
		body(t, completions, event.PromptQueued{Prompt: "why?", Generate: event.Generate{
			MaxTokens: new(int64(16)), MinTokens: new(int64(16)), IgnoreEOS: new(true), Temperature: new(0.0),
			TopP: new(0.9), TopK: new(int64(5)), Seed: new(int64(7)), Stop: []string{"x"},
		}}))

	chat.Scenario.SystemPrompt = "be brief"
	completions.Scenario.SystemPrompt = "be brief"
	require.Contains(t, body(t, chat, event.PromptQueued{Prompt: "why?"}), `"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"why?"}]`)
	require.NotContains(t, body(t, completions, event.PromptQueued{Prompt: "why?"}), "brief")
}

func TestExtraFieldsAreMergedAtTopLevel(t *testing.T) {
	c := config.Run{Backend: config.Backend{Model: "m", API: config.APICompletions}}
	extra := map[string]any{
		"repetition_penalty": 1.1, "n": 1, "extra_body": "just a name",
		"stream_options": map[string]any{"continuous_usage_stats": true, "include_usage": false},
	}
	require.JSONEq(t, `{"model":"m","prompt":"p","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true},"repetition_penalty":1.1,"n":1,"extra_body":"just a name"}`,
		body(t, c, event.PromptQueued{Prompt: "p", Generate: event.Generate{Extra: extra}}))

	for key, value := range map[string]any{"n": 2, "best_of": 3.0, "stream": false, "model": "other", "prompt": "q", "messages": nil} {
		_, err := Body(c, &event.PromptQueued{Prompt: "p", Generate: event.Generate{Extra: map[string]any{key: value}}})
		var e *Error
		require.ErrorAs(t, err, &e, key)
		require.Equal(t, Unsupported, e.Class, key)
		require.Contains(t, e.Text, key)
	}
}

func TestReasoningActsOnlyWhenAskedFor(t *testing.T) {
	c := config.Run{Backend: config.Backend{Model: "m", API: config.APIChat}}
	fields := func() map[string]any {
		var got map[string]any
		require.NoError(t, json.Unmarshal([]byte(body(t, c, event.PromptQueued{Prompt: "p"})), &got))
		return got
	}
	c.Scenario.ReasoningParams = map[string]any{"reasoning_effort": "low", "thinking_budget": 64}
	require.NotContains(t, fields(), "chat_template_kwargs", "nothing was said about reasoning")
	require.NotContains(t, fields(), "reasoning_effort")

	c.Scenario.Reasoning = new(true)
	got := fields()
	require.Equal(t, "low", got["reasoning_effort"])
	require.Equal(t, map[string]any{"enable_thinking": true, "thinking_budget": 64.0}, got["chat_template_kwargs"])

	c.Scenario.Reasoning = new(false)
	got = fields()
	require.NotContains(t, got, "reasoning_effort")
	require.Equal(t, map[string]any{"enable_thinking": false}, got["chat_template_kwargs"])

	p := event.PromptQueued{Prompt: "p", Generate: event.Generate{Extra: map[string]any{"chat_template_kwargs": map[string]any{"x": 1}}}}
	require.Contains(t, body(t, c, p), `"chat_template_kwargs":{"enable_thinking":false,"x":1}`)
}

func TestPromptOfWhichOnlyTheHashIsKeptIsRefused(t *testing.T) {
	c := config.Run{Backend: config.Backend{Model: "m"}}
	_, err := Body(c, &event.PromptQueued{PromptSHA256: "00"})
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, Unsupported, e.Class)
	_, err = Body(c, &event.PromptQueued{PromptSHA256: hashOfNothing})
	require.NoError(t, err)
}
