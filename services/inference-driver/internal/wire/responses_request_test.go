package wire

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestBodiesOfResponses(t *testing.T) {
	c := config.Run{Backend: config.Backend{Model: "m", API: config.APIResponses}}
	require.Equal(t, "responses", API(c.Backend))
	require.JSONEq(t, `{"model":"m","input":"why?","store":false,"stream":true}`, body(t, c, event.PromptQueued{Prompt: "why?"}))

	c.Scenario.SystemPrompt = "be brief"
	require.JSONEq(t, `{"model":"m","instructions":"be brief","input":"why?","store":true,"stream":true,"max_output_tokens":16,"temperature":0,"top_p":0.9,
		"top_k":5,"seed":7,"stop":["x"],"ignore_eos":true,"truncation":"auto"}`,
		body(t, c, event.PromptQueued{Prompt: "why?", Generate: event.Generate{
			MaxTokens: new(int64(16)), IgnoreEOS: new(true), Temperature: new(0.0), TopP: new(0.9), TopK: new(int64(5)),
			Seed: new(int64(7)), Stop: []string{"x"}, Extra: map[string]any{"store": true, "truncation": "auto"},
		}}))

	raw, err := Body(c, &event.PromptQueued{Prompt: "and?"}, Message{"user", "why?"}, Message{"assistant", "so"})
	require.NoError(t, err)
	require.Contains(t, string(raw), `"input":[{"role":"user","content":"why?"},{"role":"assistant","content":"so"},{"role":"user","content":"and?"}]`)

	for _, key := range []string{"input", "instructions", "background", "stream"} {
		_, err := Body(c, &event.PromptQueued{Prompt: "p", Generate: event.Generate{Extra: map[string]any{key: true}}})
		unsupported(t, err, key)
	}
}

// What a server's responses API has no field for is refused, though its chats may
// have one.
func TestDialectsOfResponses(t *testing.T) {
	all := map[string]event.Generate{
		"min_tokens": {MinTokens: new(int64(1))}, "top_k": {TopK: new(int64(5))}, "ignore_eos": {IgnoreEOS: new(true)},
		"seed": {Seed: new(int64(7))}, "stop": {Stop: []string{"x"}},
	}
	for backend, lacks := range map[string][]string{
		"vllm":   {"min_tokens"},
		"sglang": {"min_tokens", "ignore_eos", "seed"},
		"ollama": {"min_tokens", "top_k", "ignore_eos", "seed", "stop"},
		"openai": {"min_tokens", "top_k", "ignore_eos", "seed", "stop"},
	} {
		c := loaded(t, backend)
		c.Backend.API = config.APIResponses
		dialect, _ := c.Backend.Dialect()
		require.ElementsMatch(t, lacks, dialect.Lacks, backend)
		for name, g := range all {
			raw, err := Body(c, &event.PromptQueued{Prompt: "p", Generate: g})
			if err == nil {
				require.Contains(t, string(raw), name, backend)
				continue
			}
			require.Contains(t, lacks, name, backend)
			unsupported(t, err, name)
		}
		dialect, _ = loaded(t, backend).Backend.Dialect()
		require.NotContains(t, dialect.Lacks, "stop", "chats keep theirs")
	}
	c := loaded(t, "tgi")
	c.Backend.API = config.APIResponses
	_, err := Body(c, &event.PromptQueued{Prompt: "p"})
	unsupported(t, err, "backend.api responses")
}

func TestReasoningOfResponses(t *testing.T) {
	for backend, want := range map[string]string{
		"openai": `"reasoning":{"effort":"low","summary":"auto"}`,
		"vllm":   `"chat_template_kwargs":{"enable_thinking":true}`,
		"sglang": `"chat_template_kwargs":{"enable_thinking":true}`,
	} {
		c := loaded(t, backend)
		c.Backend.API = config.APIResponses
		c.Scenario.Reasoning = new(true)
		c.Scenario.ReasoningParams = map[string]any{"reasoning_effort": "low"}
		extra := map[string]any{"reasoning": map[string]any{"summary": "auto"}}
		got := body(t, c, event.PromptQueued{Prompt: "p", Generate: event.Generate{Extra: extra}})
		require.Contains(t, got, want, backend)
		require.Contains(t, got, `"reasoning":{"effort":"low","summary":"auto"}`, backend)
		require.NotContains(t, got, "reasoning_effort", backend)
		require.Equal(t, map[string]any{"reasoning": map[string]any{"summary": "auto"}}, extra, "the prompt's own is left as it is")
	}
	c := loaded(t, "ollama")
	c.Backend.API = config.APIResponses
	c.Scenario.Reasoning = new(false)
	_, err := Body(c, &event.PromptQueued{Prompt: "p"})
	require.NoError(t, err, "nothing was to be switched off")
	c.Scenario.ReasoningParams = map[string]any{"thinking_budget": 1}
	_, err = Body(c, &event.PromptQueued{Prompt: "p"})
	unsupported(t, err, "scenario.reasoning")
}
