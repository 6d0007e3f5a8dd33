package config

import (
	"maps"
	"slices"
	"strings"
)

// The types of servers, each a dialect that the inference-driver speaks.
const (
	BackendOllama = "ollama"
	BackendOpenAI = "openai"
	// BackendPyTorch is transformers serve, under the seed's name for its models.
	BackendPyTorch = "pytorch"
	BackendSGLang  = "sglang"
	BackendTGI     = "tgi"
	BackendVLLM    = "vllm"
)

// BackendTypes lists the values of backend.type, sorted.
func BackendTypes() []string { return slices.Sorted(maps.Keys(dialects)) }

// Dialect is what a kind of server understands of OpenAI's API: the one declaration
// by which a config is refused and a request is written. What a server lacks is never
// dropped.
type Dialect struct {
	// MaxTokens is what the API calls the most tokens of an answer.
	MaxTokens string
	// Lacks names, as they are on the wire, the parameters that it has no field for.
	Lacks []string
	// Template says that chat_template_kwargs reach the model's chat template, the
	// switch of reasoning.
	Template bool
	// Truncates says that the server can be told to shorten a prompt.
	Truncates bool
	// Details says that cached and reasoning tokens in the usage are counted: a server
	// without them may have zeros in their place.
	Details bool
	// Health says that /health tells whether the server is up; one without that
	// path is up when it lists models.
	Health bool

	// Unlisted says that the list of models is not of those that are served: the
	// server is ready when it is up.
	Unlisted bool
	// Early says that the chunk with the role is sent before the work, and is no token.
	Early bool
	// Endless says that streams end without [DONE].
	Endless bool
	// Generation says that generation_config takes what OpenAI's API has no field for.
	Generation bool

	// responses is the server's responses API; nil when it has none, or none that is
	// spoken.
	responses *Dialect
}

// beyondOpenAI are the parameters that vLLM and SGLang add to OpenAI's.
var beyondOpenAI = []string{"min_tokens", "top_k", "ignore_eos"}

// lackedByResponses are those and what OpenAI's own responses API has no field for.
var lackedByResponses = append([]string{"seed", "stop"}, beyondOpenAI...)

// dialects has every type of server, with its chats and completions, which differ in
// the name of one parameter. vLLM takes truncate_prompt_tokens in its responses API and
// ignores it; Ollama writes zeros there for the tokens that it does not count.
var dialects = map[string]Dialect{
	BackendVLLM: {
		MaxTokens: "max_tokens", Template: true, Truncates: true, Details: true, Health: true,
		responses: &Dialect{Lacks: []string{"min_tokens"}, Template: true, Details: true},
	},
	BackendSGLang: {
		MaxTokens: "max_tokens", Template: true, Details: true, Health: true,
		responses: &Dialect{Lacks: []string{"min_tokens", "ignore_eos", "seed"}, Template: true, Details: true},
	},
	BackendTGI: {MaxTokens: "max_tokens", Lacks: beyondOpenAI, Details: true, Health: true},
	BackendOllama: {
		MaxTokens: "max_tokens", Lacks: beyondOpenAI, Details: true,
		responses: &Dialect{Lacks: lackedByResponses},
	},
	BackendOpenAI: {
		MaxTokens: "max_completion_tokens", Lacks: beyondOpenAI, Details: true,
		responses: &Dialect{Lacks: lackedByResponses, Details: true},
	},
	BackendPyTorch: {
		MaxTokens: "max_tokens", Lacks: []string{"ignore_eos"}, Template: true, Health: true,
		Unlisted: true, Early: true, Endless: true, Generation: true,
	},
}

// Dialect is what the server takes in the API that is called; false when it does not
// have that API. A backend without a type is vLLM.
func (b Backend) Dialect() (Dialect, bool) {
	d, ok := dialects[b.Type]
	if !ok {
		d = dialects[BackendVLLM]
	}
	switch b.API {
	case APICompletions:
		d.MaxTokens = "max_tokens"
	case APIResponses:
		if d.responses == nil {
			return Dialect{Health: d.Health}, false
		}
		health := d.Health
		d = *d.responses
		d.MaxTokens, d.Health = "max_output_tokens", health
	}
	return d, true
}

// takes reports whether the server has a field for a parameter.
func (b Backend) takes(parameter string) bool {
	d, _ := b.Dialect()
	return !slices.Contains(d.Lacks, parameter)
}

// truncates reports whether the server can be told to shorten a prompt.
func (b Backend) truncates() bool {
	d, _ := b.Dialect()
	return d.Truncates
}

// Within names the API where a server's others may take more.
func (b Backend) Within() string {
	if b.API == APIResponses {
		return " in backend.api responses"
	}
	return ""
}

// Lacking says of a parameter that the server has no field for it.
func (b Backend) Lacking(parameter string) string {
	return parameter + ": backend.type " + b.Type + " has no parameter for it" + b.Within()
}

// checkTakes refuses what was set and would not reach the server.
func (g GenerateKwargs) checkTakes(c *checks, b Backend) {
	if !slices.Contains(BackendTypes(), b.Type) {
		return
	}
	for _, p := range []struct {
		key, parameter string
		set            bool
	}{
		{"min_new_tokens", "min_tokens", g.MinNewTokens != nil},
		{"top_k", "top_k", g.TopK != nil},
		{"ignore_eos", "ignore_eos", g.IgnoreEOS != nil},
		{"seed", "seed", g.Seed != nil},
		{"stop", "stop", len(g.Stop) > 0},
	} {
		c.require("scenario.generate_kwargs."+p.key, !p.set || b.takes(p.parameter), "%s; leave it out%s", b.Lacking(p.parameter), others(p.parameter, b.API))
	}
}

// others names the servers that do take a parameter.
func others(parameter, api string) string {
	have := slices.DeleteFunc(BackendTypes(), func(name string) bool {
		b := Backend{Type: name, API: api}
		_, served := b.Dialect()
		return !served || !b.takes(parameter)
	})
	if len(have) == 0 {
		return ""
	}
	return ", or use a server of type " + strings.Join(have, " or ")
}
