package config

// The types of servers, each a dialect that the inference-driver speaks.
const (
	BackendOllama = "ollama"
	BackendOpenAI = "openai"
	BackendSGLang = "sglang"
	BackendTGI    = "tgi"
	BackendVLLM   = "vllm"
)

// BackendTypes lists the values of backend.type, sorted.
func BackendTypes() []string {
	return []string{BackendOllama, BackendOpenAI, BackendSGLang, BackendTGI, BackendVLLM}
}

// takesMinTokens reports whether the server can be told to go on for a number of
// tokens; the default of scenario.generate_kwargs.min_new_tokens holds only then. No
// server's responses API has a field for it.
func (b Backend) takesMinTokens() bool {
	if b.API == APIResponses {
		return false
	}
	switch b.Type {
	case BackendOllama, BackendOpenAI, BackendTGI:
		return false
	}
	return true
}

// truncates reports whether the server can be told to shorten a prompt. vLLM's
// responses API takes its parameter and ignores it.
func (b Backend) truncates() bool {
	return b.Type == BackendVLLM && b.API != APIResponses
}
