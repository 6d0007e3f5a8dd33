package config

// ReasoningNone is the scenario.reasoning_format that takes a model for one of
// no known family, whatever its name.
const ReasoningNone = "none"

// ReasoningFormats lists the values of scenario.reasoning_format, sorted: the
// formats that the inference-driver knows, and none.
func ReasoningFormats() []string {
	return []string{
		"deepseek", "deepseek-v3", "exaone", "gemma", "gpt-oss", "hunyuan", "nemotron", "nemotron-3", "nemotron-llama",
		ReasoningNone, "phi", "qwen", "smollm",
	}
}
