package wire

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Dialect is what a kind of server understands of the one wire. What it lacks is
// never dropped: a request that needs it is refused, as Unsupported.
type Dialect struct {
	// ChatMaxTokens is what a chat calls the most tokens of an answer.
	ChatMaxTokens string
	// Lacks names the parameters that the server has no field for.
	Lacks []string
	// Template says that chat_template_kwargs reach the model's chat template, the
	// switch of reasoning.
	Template bool
	// Responses is what the server's responses API has of this; nil when it has none.
	Responses *Responses
	// Health says that /health tells whether the server is up; one without that
	// path is up when it lists models.
	Health bool
}

// Responses is a server's dialect of the responses API.
type Responses struct {
	Lacks    []string
	Template bool
}

// beyondOpenAI are the parameters that vLLM and SGLang add to OpenAI's.
var beyondOpenAI = []string{"min_tokens", "top_k", "ignore_eos"}

// plainResponses is the responses API as OpenAI has it.
var plainResponses = &Responses{Lacks: append([]string{"seed", "stop"}, beyondOpenAI...)}

// dialects has every type of config.BackendTypes. vLLM's was tried; the others
// are written from their interfaces and were not tried on the servers.
var dialects = map[string]Dialect{
	config.BackendVLLM: {
		ChatMaxTokens: "max_tokens", Template: true, Health: true,
		Responses: &Responses{Lacks: []string{"min_tokens"}, Template: true},
	},
	config.BackendSGLang: {
		ChatMaxTokens: "max_tokens", Template: true, Health: true,
		Responses: &Responses{Lacks: []string{"min_tokens", "ignore_eos", "seed"}, Template: true},
	},
	config.BackendTGI:    {ChatMaxTokens: "max_tokens", Lacks: beyondOpenAI, Health: true},
	config.BackendOllama: {ChatMaxTokens: "max_tokens", Lacks: beyondOpenAI, Responses: plainResponses},
	config.BackendOpenAI: {ChatMaxTokens: "max_completion_tokens", Lacks: beyondOpenAI, Responses: plainResponses},
}

// DialectOf is the dialect of a backend, with its API; vLLM's when it names none.
func DialectOf(b config.Backend) Dialect {
	d, ok := dialects[b.Type]
	if !ok {
		d = dialects[config.BackendVLLM]
	}
	if b.API == config.APIResponses && d.Responses != nil {
		d.ChatMaxTokens, d.Lacks, d.Template = "max_output_tokens", d.Responses.Lacks, d.Responses.Template
	}
	return d
}

// refuse names a parameter of the request that the server would not see.
func (d Dialect) refuse(b config.Backend, body map[string]any) error {
	for _, name := range d.Lacks {
		if _, ok := body[name]; ok {
			return fail(Unsupported, "%s: backend.type %s has no parameter for it%s", name, b.Type, within(b))
		}
	}
	return nil
}

// Dialects lists the names of all dialects, sorted.
func Dialects() []string {
	names := make([]string, 0, len(dialects))
	for name := range dialects {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
