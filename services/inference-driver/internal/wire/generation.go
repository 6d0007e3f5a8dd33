package wire

import (
	"encoding/json"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// generationConfig is the field in which transformers serve takes its library's own
// parameters, as a string of JSON; what it leaves out stays as the model has it.
const generationConfig = "generation_config"

// intoGeneration moves what OpenAI's API has no field for to where transformers serve
// takes it; a field that it does not know it refuses, or reads past. A temperature
// samples only when sampling is on. Where the least tokens are the most, no answer ends
// before, so ignore_eos has no more to say.
func intoGeneration(body map[string]any, b config.Backend) {
	own := map[string]any{}
	move := func(name, theirs string) {
		if value, ok := body[name]; ok {
			own[theirs] = value
			delete(body, name)
		}
	}
	if least, ok := body["min_tokens"]; ok && least == body["max_tokens"] {
		delete(body, "ignore_eos")
	}
	move("min_tokens", "min_new_tokens")
	move("top_k", "top_k")
	if t, ok := body["temperature"].(float64); ok {
		own["do_sample"] = t > 0
	}
	put(own, "use_cache", b.UseCache)
	put(own, "pad_token_id", b.PadTokenID)
	if len(own) > 0 {
		text, _ := json.Marshal(own) // numbers and booleans, which JSON can write
		body[generationConfig] = string(text)
	}
	if effort, ok := body["reasoning_effort"]; ok {
		delete(body, "reasoning_effort")
		kwargs, _ := body["chat_template_kwargs"].(map[string]any)
		if kwargs == nil {
			kwargs = map[string]any{}
			body["chat_template_kwargs"] = kwargs
		}
		kwargs["reasoning_effort"] = effort
	}
}
