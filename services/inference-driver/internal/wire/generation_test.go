package wire

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// What transformers serve takes in its own field goes there, and what it would read past
// to where its chat template reads it.
func TestGenerationConfig(t *testing.T) {
	c := loaded(t, "pytorch")
	c.Backend.UseCache, c.Backend.PadTokenID = new(false), new(int64(7))
	c.Scenario.Reasoning = new(true)
	c.Scenario.ReasoningParams = map[string]any{"reasoning_effort": "low"}
	g := event.Generate{
		MaxTokens: new(int64(9)), MinTokens: new(int64(9)), IgnoreEOS: new(true),
		Temperature: new(0.7), TopP: new(0.9), TopK: new(int64(50)), Seed: new(int64(3)), Stop: []string{"x"},
	}
	require.JSONEq(t, `{"model":"m","messages":[{"role":"user","content":"p"}],"stream":true,"stream_options":{"include_usage":true},
		"max_tokens":9,"temperature":0.7,"top_p":0.9,"seed":3,"stop":["x"],
		"chat_template_kwargs":{"enable_thinking":true,"reasoning_effort":"low"},
		"generation_config":"{\"do_sample\":true,\"min_new_tokens\":9,\"pad_token_id\":7,\"top_k\":50,\"use_cache\":false}"}`,
		body(t, c, event.PromptQueued{Prompt: "p", Generate: g}))

	g = event.Generate{Temperature: new(0.0)}
	require.Contains(t, body(t, loaded(t, "pytorch"), event.PromptQueued{Prompt: "p", Generate: g}), `"{\"do_sample\":false}"`)

	g = event.Generate{MaxTokens: new(int64(9)), MinTokens: new(int64(8)), IgnoreEOS: new(true)}
	_, err := Body(c, &event.PromptQueued{Prompt: "p", Generate: g})
	unsupported(t, err, "ignore_eos")
	_, err = Body(c, &event.PromptQueued{Prompt: "p", Generate: event.Generate{Extra: map[string]any{"generation_config": "{}"}}})
	unsupported(t, err, "extra_body.generation_config")
}
