package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
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
	if b.API == config.APICompletions {
		return "completions"
	}
	return "chat/completions"
}

// Body is the JSON of one streamed request. Reasoning parameters go where vLLM
// looks for them: reasoning_effort at top level, the rest in
// chat_template_kwargs; extra fields of the prompt are merged last and win, but
// for those that decide what is measured. It returns an *Error of class
// Unsupported for a request that could not be measured. History is what was said
// before, in a chat.
func Body(c config.Run, p *event.PromptQueued, history ...Message) ([]byte, error) {
	if p.Prompt == "" && p.PromptSHA256 != hashOfNothing {
		return nil, fail(Unsupported, "the prompt's text was not kept, only its hash")
	}
	g := p.Generate
	if err := refuse(g.Extra); err != nil {
		return nil, err
	}
	dialect := DialectOf(c.Backend)
	body := map[string]any{"model": c.Backend.Model}
	maxTokens := "max_tokens"
	if c.Backend.API == config.APICompletions {
		body["prompt"] = p.Prompt
	} else {
		messages := []Message{}
		if c.Scenario.SystemPrompt != "" {
			messages = append(messages, Message{"system", c.Scenario.SystemPrompt})
		}
		messages = append(messages, history...)
		body["messages"] = append(messages, Message{"user", p.Prompt})
		if err := dialect.reasoning(body, c.Backend, c.Scenario); err != nil {
			return nil, err
		}
		maxTokens = dialect.ChatMaxTokens
	}
	put(body, maxTokens, g.MaxTokens)
	put(body, "min_tokens", g.MinTokens)
	put(body, "temperature", g.Temperature)
	put(body, "top_p", g.TopP)
	put(body, "top_k", g.TopK)
	put(body, "seed", g.Seed)
	put(body, "ignore_eos", g.IgnoreEOS)
	if len(g.Stop) > 0 {
		body["stop"] = g.Stop
	}
	if err := dialect.refuse(c.Backend.Type, body); err != nil {
		return nil, err
	}
	merge(body, g.Extra)
	options := map[string]any{}
	if given, ok := body["stream_options"].(map[string]any); ok {
		maps.Copy(options, given)
	}
	options["include_usage"] = true
	body["stream"], body["stream_options"] = true, options
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fail(Unsupported, "the request is not JSON: %v", err)
	}
	return text, nil
}

// hashOfNothing is the SHA-256 of the empty prompt.
const hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// refuse names the extra field that would make the record untrue.
func refuse(extra map[string]any) error {
	for _, key := range []string{"model", "prompt", "messages", "stream"} {
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

// merge puts extra over body; chat_template_kwargs of both are joined.
func merge(body, extra map[string]any) {
	const kwargs = "chat_template_kwargs"
	ours, _ := body[kwargs].(map[string]any)
	maps.Copy(body, extra)
	theirs, ok := extra[kwargs].(map[string]any)
	if ours != nil && ok {
		joined := maps.Clone(ours)
		maps.Copy(joined, theirs)
		body[kwargs] = joined
	}
}

func put[T any](body map[string]any, key string, value *T) {
	if value != nil {
		body[key] = *value
	}
}

// reasoning tells the chat template.
func reasoning(body map[string]any, s config.Scenario) {
	kwargs := map[string]any{"enable_thinking": *s.Reasoning}
	if *s.Reasoning {
		for key, value := range s.ReasoningParams {
			if key == "reasoning_effort" {
				body[key] = value
				continue
			}
			kwargs[key] = value
		}
	}
	body["chat_template_kwargs"] = kwargs
}
