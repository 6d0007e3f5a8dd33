package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/reasoning"
)

// Base is the server's root URL: the endpoint without a trailing /v1, slashes
// and credentials.
func Base(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	u.User = nil
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/v1")
	u.Path = strings.TrimRight(u.Path, "/")
	return u.String(), nil
}

// API is the path below /v1 that a run's requests go to.
func API(b config.Backend) string {
	switch b.API {
	case config.APICompletions:
		return "completions"
	case config.APIResponses:
		return "responses"
	}
	return "chat/completions"
}

// Body is the JSON of one streamed request. A chat is told whether to reason in
// the way of its model (package reasoning); extra fields of the prompt are merged
// last and win, but for those that decide what is measured. It returns an *Error of
// class Unsupported for a request that could not be measured. History is what was
// said before, in a chat.
func Body(c config.Run, p *event.PromptQueued, history ...Message) ([]byte, error) {
	if p.Prompt == "" && p.PromptSHA256 != hashOfNothing {
		return nil, fail(Unsupported, "the prompt's text was not kept, only its hash")
	}
	g := p.Generate
	if err := refuse(c.Backend, g.Extra); err != nil {
		return nil, err
	}
	dialect, served := c.Backend.Dialect()
	if !served {
		return nil, fail(Unsupported, "backend.api %s: backend.type %s does not have it", c.Backend.API, c.Backend.Type)
	}
	responses := c.Backend.API == config.APIResponses
	asked := reasoning.Of(c.Backend, c.Scenario)
	system, prompt := asked.SystemPrompt(c.Scenario.SystemPrompt), asked.Prompt+p.Prompt
	body := map[string]any{"model": c.Backend.Model}
	switch c.Backend.API {
	case config.APICompletions:
		body["prompt"] = prompt
	case config.APIResponses:
		ask(body, system, prompt, history)
	default:
		messages := []Message{}
		if system != "" {
			messages = append(messages, Message{"system", system})
		}
		messages = append(messages, history...)
		body["messages"] = append(messages, Message{"user", prompt})
	}
	if c.Backend.API != config.APICompletions {
		if err := reason(dialect, body, asked, c.Backend, c.Scenario); err != nil {
			return nil, err
		}
	}
	put(body, dialect.MaxTokens, g.MaxTokens)
	put(body, "min_tokens", g.MinTokens)
	put(body, "temperature", g.Temperature)
	put(body, "top_p", g.TopP)
	put(body, "top_k", g.TopK)
	put(body, "seed", g.Seed)
	put(body, "ignore_eos", g.IgnoreEOS)
	if len(g.Stop) > 0 {
		body["stop"] = g.Stop
	}
	if dialect.Generation {
		intoGeneration(body, c.Backend)
	}
	if err := refuseLacking(dialect, c.Backend, body); err != nil {
		return nil, err
	}
	if responses {
		nestEffort(body)
	}
	merge(body, g.Extra)
	body["stream"] = true
	if !responses {
		includeUsage(body)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fail(Unsupported, "the request is not JSON: %v", err)
	}
	return text, nil
}

// includeUsage asks for token counts, which a response has unasked.
func includeUsage(body map[string]any) {
	options := map[string]any{}
	if given, ok := body["stream_options"].(map[string]any); ok {
		maps.Copy(options, given)
	}
	options["include_usage"] = true
	body["stream_options"] = options
}

// hashOfNothing is the SHA-256 of the empty prompt.
const hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// refuse names the extra field that would make the record untrue.
func refuse(b config.Backend, extra map[string]any) error {
	ours := []string{"model", "prompt", "messages", "stream"}
	if b.API == config.APIResponses {
		ours = append(ours, "input", "instructions", "background")
	}
	if dialect, _ := b.Dialect(); dialect.Generation {
		ours = append(ours, generationConfig)
	}
	for _, key := range ours {
		if _, ok := extra[key]; ok {
			return fail(Unsupported, "extra_body.%s: the driver sets it", key)
		}
	}
	for _, key := range []string{"n", "best_of"} {
		if n, ok := extra[key]; ok && fmt.Sprint(n) != "1" {
			return fail(Unsupported, "extra_body.%s: %v answers to one request cannot be told apart; repeat the prompt instead", key, n)
		}
	}
	return nil
}

// merge puts extra over body; what both say to the chat template, or of reasoning,
// is joined.
func merge(body, extra map[string]any) {
	joined := map[string]any{}
	for _, key := range []string{"chat_template_kwargs", "reasoning"} {
		ours, _ := body[key].(map[string]any)
		theirs, ok := extra[key].(map[string]any)
		if ours != nil && ok {
			both := maps.Clone(ours)
			maps.Copy(both, theirs)
			joined[key] = both
		}
	}
	maps.Copy(body, extra)
	maps.Copy(body, joined)
}

func put[T any](body map[string]any, key string, value *T) {
	if value != nil {
		body[key] = *value
	}
}
