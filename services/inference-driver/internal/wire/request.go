package wire

import (
	"encoding/json"
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
// chat_template_kwargs; extra fields of the prompt are merged last and win.
func Body(c config.Run, p *event.PromptQueued) ([]byte, error) {
	body := map[string]any{
		"model":          c.Backend.Model,
		"stream":         true,
		"stream_options": map[string]any{"include_usage": true},
	}
	g := p.Generate
	if c.Backend.API == config.APICompletions {
		body["prompt"] = p.Prompt
	} else {
		messages := []map[string]string{}
		if c.Scenario.SystemPrompt != "" {
			messages = append(messages, map[string]string{"role": "system", "content": c.Scenario.SystemPrompt})
		}
		body["messages"] = append(messages, map[string]string{"role": "user", "content": p.Prompt})
		reasoning(body, c.Scenario)
	}
	put(body, "max_tokens", g.MaxTokens)
	put(body, "min_tokens", g.MinTokens)
	put(body, "temperature", g.Temperature)
	put(body, "top_p", g.TopP)
	put(body, "top_k", g.TopK)
	put(body, "seed", g.Seed)
	put(body, "ignore_eos", g.IgnoreEOS)
	if len(g.Stop) > 0 {
		body["stop"] = g.Stop
	}
	maps.Copy(body, g.Extra)
	return json.Marshal(body)
}

func put[T any](body map[string]any, key string, value *T) {
	if value != nil {
		body[key] = *value
	}
}

// reasoning acts only when the scenario says whether it wants reasoning.
func reasoning(body map[string]any, s config.Scenario) {
	if s.Reasoning == nil || (!*s.Reasoning && len(s.ReasoningParams) == 0) {
		return
	}
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
