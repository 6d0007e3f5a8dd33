package wire

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/reasoning"
)

// reason writes what is asked of the model into a chat, only when the scenario
// says whether it wants reasoning. A server whose chat template cannot be told
// takes reasoning_effort and what is in the messages already.
func reason(d config.Dialect, body map[string]any, asked reasoning.Change, b config.Backend, s config.Scenario) error {
	if s.Reasoning == nil {
		return nil
	}
	if !*s.Reasoning && len(s.ReasoningParams) == 0 && (!asked.Known || !d.Template) {
		return nil
	}
	if !asked.Known {
		return reasonUnknown(d, body, b, s)
	}
	if len(asked.Kwargs) > 0 {
		if !d.Template {
			return fail(Unsupported, "scenario.reasoning: backend.type %s has no chat template that could be told%s", b.Type, b.Within())
		}
		body["chat_template_kwargs"] = asked.Kwargs
	}
	if asked.Effort != nil {
		body["reasoning_effort"] = asked.Effort
	}
	return nil
}

// reasonUnknown is for a model of no known family: the parameters as they are, where
// vLLM looks for them.
func reasonUnknown(d config.Dialect, body map[string]any, b config.Backend, s config.Scenario) error {
	effort, ok := s.ReasoningParams["reasoning_effort"]
	if !d.Template {
		if !*s.Reasoning || !ok || len(s.ReasoningParams) > 1 {
			return fail(Unsupported, "scenario.reasoning: backend.type %s takes reasoning_effort alone, and only to switch it on%s", b.Type, b.Within())
		}
		body["reasoning_effort"] = effort
		return nil
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
	return nil
}
