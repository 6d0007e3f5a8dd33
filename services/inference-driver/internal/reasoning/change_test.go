package reasoning

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

func TestEveryFormatOfTheConfigIsKnown(t *testing.T) {
	names := Formats()
	slices.Sort(names)
	require.Equal(t, config.ReasoningFormats(), names)
}

// Each family is switched both ways; one without an off says nothing.
func TestFamilies(t *testing.T) {
	kwarg := func(name string, on bool) Change {
		return Change{Known: true, Kwargs: map[string]any{name: on}}
	}
	for _, c := range []struct {
		format  string
		on, off Change
		models  []string
	}{
		{
			"gpt-oss",
			Change{Known: true, Effort: "high"},
			Change{Known: true},
			[]string{"openai/gpt-oss-20b", "openai/gpt-oss-120b", "gpt-oss:20b"},
		},
		{
			"smollm",
			Change{Known: true, system: "/think"},
			Change{Known: true, system: "/no_think"},
			[]string{"HuggingFaceTB/SmolLM3-3B"},
		},
		{
			"deepseek",
			Change{Known: true, Prompt: "<think>\n"},
			Change{Known: true},
			[]string{"deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", "deepseek-ai/DeepSeek-V3"},
		},
		{
			"deepseek-v3", kwarg("thinking", true), kwarg("thinking", false),
			[]string{"deepseek-ai/DeepSeek-V3.1", "deepseek-ai/DeepSeek-V3.2-Exp", "deepseek-v3-1"},
		},
		{
			"qwen", kwarg("enable_thinking", true), kwarg("enable_thinking", false),
			[]string{"Qwen/Qwen3-8B", "qwen3:8b"},
		},
		{
			"hunyuan",
			Change{Known: true, Prompt: "/think\n"},
			Change{Known: true, Prompt: "/no_think\n"},
			[]string{"tencent/Hunyuan-A13B-Instruct"},
		},
		{
			"nemotron",
			Change{Known: true, system: "/think"},
			Change{Known: true, system: "/no_think"},
			[]string{"nvidia/NVIDIA-Nemotron-Nano-9B-v2", "nvidia/Llama-3_3-Nemotron-Super-49B-v1_5"},
		},
		{
			"nemotron-llama",
			Change{Known: true, system: "detailed thinking on"},
			Change{Known: true, system: "detailed thinking off"},
			[]string{"nvidia/Llama-3_3-Nemotron-Super-49B-v1", "nvidia/Llama-3.1-Nemotron-Nano-8B-v1", "nvidia/Llama-3.1-Nemotron-Nano-4B-v1.1", "nvidia/Llama-3_1-Nemotron-Ultra-253B-v1-FP8"},
		},
		{
			"nemotron-3", kwarg("enable_thinking", true), kwarg("enable_thinking", false),
			[]string{"nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"},
		},
		{
			"exaone", kwarg("enable_thinking", true), kwarg("enable_thinking", false),
			[]string{"LGAI-EXAONE/EXAONE-4.0-32B"},
		},
		{
			"phi", kwarg("enable_thinking", true), kwarg("enable_thinking", false),
			[]string{"microsoft/Phi-4-reasoning", "microsoft/phi-2", "phi4"},
		},
		{
			"gemma", kwarg("enable_thinking", true), kwarg("enable_thinking", false),
			[]string{"google/gemma-3-4b-it"},
		},
	} {
		t.Run(c.format, func(t *testing.T) {
			for _, model := range c.models {
				b := config.Backend{Model: model}
				require.Equal(t, c.format, find("", model).Name, model)
				require.Equal(t, c.on, Of(b, config.Scenario{Reasoning: new(true)}), model)
				require.Equal(t, c.off, Of(b, config.Scenario{Reasoning: new(false)}), model)
				require.Zero(t, Of(b, config.Scenario{ReasoningFormat: c.format, ReasoningParams: map[string]any{"x": 1}}), "nothing was said")
				b.API = config.APICompletions
				require.Zero(t, Of(b, config.Scenario{Reasoning: new(true)}), "no chat")
			}
			b := config.Backend{Model: "m"}
			require.Equal(t, c.on, Of(b, config.Scenario{Reasoning: new(true), ReasoningFormat: c.format}))
			params := map[string]any{"enable_thinking": false}
			require.Equal(t, c.off, Of(b, config.Scenario{Reasoning: new(true), ReasoningFormat: c.format, ReasoningParams: params}), "the parameter wins")
			params["enable_thinking"] = "true"
			require.Equal(t, c.on, Of(b, config.Scenario{Reasoning: new(true), ReasoningFormat: c.format, ReasoningParams: params}))
			require.Equal(t, c.off, Of(b, config.Scenario{Reasoning: new(false), ReasoningFormat: c.format, ReasoningParams: params}), "no parameter goes out with it")
		})
	}
}

func TestUnknownFamilies(t *testing.T) {
	for _, model := range []string{"m", "cognitivecomputations/dolphin-2.9", "HuggingFaceTB/SmolLM2-1.7B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"} {
		require.Zero(t, Of(config.Backend{Model: model}, config.Scenario{Reasoning: new(true)}), model)
	}
	require.Zero(t, Of(config.Backend{Model: "Qwen/Qwen3-8B"}, config.Scenario{Reasoning: new(true), ReasoningFormat: config.ReasoningNone}))
}

func TestParametersWin(t *testing.T) {
	s := config.Scenario{Reasoning: new(true), ReasoningParams: map[string]any{"reasoning_effort": "low", "thinking": false, "thinking_budget": 64}}
	require.Equal(t, Change{Known: true, Effort: "low", Kwargs: map[string]any{"thinking": false, "thinking_budget": 64}},
		Of(config.Backend{Model: "gpt-oss-20b"}, s))
	require.Equal(t, Change{Known: true, Effort: "low", Kwargs: map[string]any{"thinking": false, "thinking_budget": 64}},
		Of(config.Backend{Model: "deepseek-v3.1"}, s))
}

func TestSystemPrompt(t *testing.T) {
	require.Empty(t, Change{}.SystemPrompt(""))
	require.Equal(t, "s", Change{}.SystemPrompt("s"))
	require.Equal(t, "/think", Change{system: "/think"}.SystemPrompt(""))
	require.Equal(t, "/think\ns", Change{system: "/think"}.SystemPrompt("s"))
}

func TestBadData(t *testing.T) {
	const head = `[{"name":"n","source":"s","patterns":["p"],`
	for _, bad := range []string{
		`{`, `[{"name":"n"}]`, `[{"nome":"n"}]`,
		head + `"type":"harmony","on":"x"}]`,
		head + `"type":"kwarg"}]`,
		head + `"type":"kwarg","kwarg":"k","on":"x"}]`,
		head + `"type":"prompt"}]`,
		head + `"type":"effort","on":"high","off":"low"}]`,
		`[{"name":"n","source":"s","patterns":["("],"type":"prompt","on":"x"}]`,
	} {
		_, err := parse([]byte(bad))
		require.Error(t, err, bad)
	}
	require.Panics(t, func() { mustParse([]byte(`{`)) })
}
