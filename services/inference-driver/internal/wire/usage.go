package wire

import (
	"cmp"
	"encoding/json"
	"math"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Usage reads a usage object, the only source of token counts: they are missing
// unless it has both the prompt's and the completion's, neither negative. The
// responses API calls them input and output; SGLang has the reasoning tokens of a
// chat beside them.
func Usage(raw []byte) event.Tokens {
	var u struct {
		Prompt        *int64 `json:"prompt_tokens"`
		Completion    *int64 `json:"completion_tokens"`
		Input         *int64 `json:"input_tokens"`
		Output        *int64 `json:"output_tokens"`
		Reasoning     *int64 `json:"reasoning_tokens"`
		PromptDetails struct {
			Cached *int64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		CompletionDetails struct {
			Reasoning *int64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
		InputDetails struct {
			Cached *int64 `json:"cached_tokens"`
		} `json:"input_tokens_details"`
		OutputDetails struct {
			Reasoning *int64 `json:"reasoning_tokens"`
		} `json:"output_tokens_details"`
	}
	failed := json.Unmarshal(raw, &u) != nil
	input, output := count(cmp.Or(u.Prompt, u.Input)), count(cmp.Or(u.Completion, u.Output))
	if failed || input == nil || output == nil {
		return event.Tokens{Source: event.TokensMissing}
	}
	return event.Tokens{
		Source: event.TokensFromUsage, Input: input, Output: output,
		Cached:    count(cmp.Or(u.PromptDetails.Cached, u.InputDetails.Cached)),
		Reasoning: count(cmp.Or(u.CompletionDetails.Reasoning, u.OutputDetails.Reasoning, u.Reasoning)),
	}
}

// count drops what cannot be a number of tokens.
func count(n *int64) *int64 {
	if n == nil || *n < 0 {
		return nil
	}
	return n
}

// Timings reads what vLLM measured of the request (--enable-per-request-metrics);
// nil when it says nothing. A value that is no duration is left out, and sane is
// then false.
func Timings(raw []byte) (timings *event.ServerTimings, sane bool) {
	var m struct {
		FirstToken *float64 `json:"time_to_first_token_ms"`
		Generation *float64 `json:"generation_time_ms"`
		Queue      *float64 `json:"queue_time_ms"`
	}
	if json.Unmarshal(raw, &m) != nil {
		return nil, false
	}
	sane = true
	nanoseconds := func(ms *float64) *int64 {
		if ms == nil {
			return nil
		}
		ns := math.Round(*ms * float64(time.Millisecond))
		if !(ns >= 0 && ns < math.MaxInt64) {
			sane = false
			return nil
		}
		n := int64(ns)
		return &n
	}
	t := event.ServerTimings{QueueNS: nanoseconds(m.Queue), FirstTokenNS: nanoseconds(m.FirstToken), GenerationNS: nanoseconds(m.Generation)}
	if t == (event.ServerTimings{}) {
		return nil, sane
	}
	return &t, sane
}
