package wire

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// What each family's chat holds of reasoning, both ways, beside an unchanged rest.
func TestFamiliesInTheBody(t *testing.T) {
	const (
		user = `{"role":"user","content":"p"}`
		rest = `,"stream":true,"stream_options":{"include_usage":true}}`
	)
	chat := func(messages, more string) string { return `{"model":"m","messages":[` + messages + `]` + more + rest }
	system := func(text string) string { return `{"role":"system","content":"` + text + `"},` + user }
	kwarg := func(key string) string { return `,"chat_template_kwargs":{"` + key + `}` }
	unsaid := chat(user, "")
	for format, want := range map[string][2]string{
		"gpt-oss":        {chat(user, `,"reasoning_effort":"high"`), unsaid},
		"smollm":         {chat(system("/think"), ""), chat(system("/no_think"), "")},
		"deepseek":       {chat(`{"role":"user","content":"<think>\np"}`, ""), unsaid},
		"deepseek-v3":    {chat(user, kwarg(`thinking":true`)), chat(user, kwarg(`thinking":false`))},
		"qwen":           {chat(user, kwarg(`enable_thinking":true`)), chat(user, kwarg(`enable_thinking":false`))},
		"hunyuan":        {chat(`{"role":"user","content":"/think\np"}`, ""), chat(`{"role":"user","content":"/no_think\np"}`, "")},
		"nemotron":       {chat(system("/think"), ""), chat(system("/no_think"), "")},
		"nemotron-llama": {chat(system("detailed thinking on"), ""), chat(system("detailed thinking off"), "")},
		"nemotron-3":     {chat(user, kwarg(`enable_thinking":true`)), chat(user, kwarg(`enable_thinking":false`))},
		"exaone":         {chat(user, kwarg(`enable_thinking":true`)), chat(user, kwarg(`enable_thinking":false`))},
		"phi":            {chat(user, kwarg(`enable_thinking":true`)), chat(user, kwarg(`enable_thinking":false`))},
		"gemma":          {chat(user, kwarg(`enable_thinking":true`)), chat(user, kwarg(`enable_thinking":false`))},
		"none":           {chat(user, kwarg(`enable_thinking":true`)), unsaid},
	} {
		t.Run(format, func(t *testing.T) {
			c := config.Run{Backend: config.Backend{Model: "m", API: config.APIChat}}
			c.Scenario.ReasoningFormat = format
			p := event.PromptQueued{Prompt: "p"}
			require.JSONEq(t, unsaid, body(t, c, p))
			c.Scenario.Reasoning = new(true)
			require.JSONEq(t, want[0], body(t, c, p))
			c.Scenario.Reasoning = new(false)
			require.JSONEq(t, want[1], body(t, c, p))
			c.Backend.API = config.APICompletions
			require.JSONEq(t, `{"model":"m","prompt":"p"`+rest, body(t, c, p))
		})
	}
}

// A server whose template cannot be told still sees what is in messages and
// reasoning_effort; what it would not see is refused.
func TestFamiliesWithoutATemplate(t *testing.T) {
	c := loaded(t, "ollama")
	p := event.PromptQueued{Prompt: "p"}
	c.Scenario.Reasoning = new(true)
	c.Backend.Model = "gpt-oss:20b"
	require.Contains(t, body(t, c, p), `"reasoning_effort":"high"`)
	c.Backend.Model = "smollm3"
	require.Contains(t, body(t, c, p), `"/think"`)
	c.Backend.Model = "qwen3:8b"
	_, err := Body(c, &p)
	unsupported(t, err, "scenario.reasoning")
	c.Scenario.Reasoning = new(false)
	require.NotContains(t, body(t, c, p), "thinking")
	c.Backend.Model = "smollm3"
	c.Scenario.SystemPrompt = "s"
	require.Contains(t, body(t, c, p), `"/no_think\ns"`)
}

// The responses API has the same lines in other fields, and the effort in its own.
func TestFamiliesInAResponse(t *testing.T) {
	c := config.Run{Backend: config.Backend{Model: "m", API: config.APIResponses}}
	c.Scenario.Reasoning = new(true)
	for format, want := range map[string]string{
		"gpt-oss":  `"reasoning":{"effort":"high"}`,
		"nemotron": `"instructions":"/think"`,
		"hunyuan":  `"input":"/think\np"`,
		"qwen":     `"chat_template_kwargs":{"enable_thinking":true}`,
	} {
		c.Scenario.ReasoningFormat = format
		for _, c.Backend.Type = range []string{config.BackendVLLM, config.BackendSGLang} {
			require.Contains(t, body(t, c, event.PromptQueued{Prompt: "p"}), want)
		}
	}
	c.Backend.Type, c.Scenario.ReasoningFormat = config.BackendOpenAI, "qwen"
	_, err := Body(c, &event.PromptQueued{Prompt: "p"})
	unsupported(t, err, "in backend.api responses")
}
