package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Chunk is what one event of a stream says.
type Chunk struct {
	// Text and Reasoning report whether the chunk carries any of either.
	Text, Reasoning bool
	// Opening is the chunk that only names the role; Choice any other chunk that
	// has a choice, with text or without: vLLM sends one for every engine output,
	// and holds back the bytes of a character that is not whole yet.
	Opening, Choice bool
	FinishReason    string
	Usage           *Usage
	Timings         *event.ServerTimings
	// Done is the [DONE] that ends a stream.
	Done bool
}

// Usage is the server's own count of a request's tokens.
type Usage struct {
	PromptTokens     *int64 `json:"prompt_tokens"`
	CompletionTokens *int64 `json:"completion_tokens"`
	PromptDetails    *struct {
		CachedTokens *int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionDetails *struct {
		ReasoningTokens *int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

// Tokens is the usage in an event's terms; missing unless both counts are there.
func (u *Usage) Tokens() event.Tokens {
	if u == nil || u.PromptTokens == nil || u.CompletionTokens == nil {
		return event.Tokens{Source: event.TokensMissing}
	}
	t := event.Tokens{Source: event.TokensFromUsage, Input: u.PromptTokens, Output: u.CompletionTokens}
	if u.PromptDetails != nil {
		t.Cached = u.PromptDetails.CachedTokens
	}
	if u.CompletionDetails != nil {
		t.Reasoning = u.CompletionDetails.ReasoningTokens
	}
	return t
}

// payload covers the chunks of both APIs, and both names of reasoning text.
type payload struct {
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Text  string `json:"text"`
		Delta struct {
			Role             string `json:"role"`
			Content          string `json:"content"`
			Reasoning        string `json:"reasoning"`
			ReasoningContent string `json:"reasoning_content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage   *Usage `json:"usage"`
	Metrics *struct {
		TimeToFirstTokenMS *float64 `json:"time_to_first_token_ms"`
		GenerationTimeMS   *float64 `json:"generation_time_ms"`
		QueueTimeMS        *float64 `json:"queue_time_ms"`
	} `json:"metrics"`
}

// Parse reads the data of one event. It returns an *Error for an error event and
// for data that is not a chunk.
func Parse(data []byte) (Chunk, error) {
	if bytes.Equal(bytes.TrimSpace(data), []byte("[DONE]")) {
		return Chunk{Done: true}, nil
	}
	var p payload
	if err := json.Unmarshal(data, &p); err != nil {
		return Chunk{}, fail(MalformedChunk, "%v", err)
	}
	if len(p.Error) > 0 && !bytes.Equal(p.Error, []byte("null")) {
		return Chunk{}, fail(ErrorInStream, "%s", message(data))
	}
	c := Chunk{Usage: p.Usage}
	for _, choice := range p.Choices {
		c.Text = c.Text || choice.Text != "" || choice.Delta.Content != ""
		c.Reasoning = c.Reasoning || choice.Delta.Reasoning != "" || choice.Delta.ReasoningContent != ""
		if choice.Delta.Role != "" && choice.Delta.Content == "" && choice.FinishReason == "" {
			c.Opening = true
		} else {
			c.Choice = true
		}
		if choice.FinishReason != "" {
			c.FinishReason = choice.FinishReason
		}
	}
	if m := p.Metrics; m != nil {
		c.Timings = &event.ServerTimings{
			QueueNS: nanoseconds(m.QueueTimeMS), FirstTokenNS: nanoseconds(m.TimeToFirstTokenMS), GenerationNS: nanoseconds(m.GenerationTimeMS),
		}
	}
	return c, nil
}

// nanoseconds takes a server's milliseconds; what is no duration is missing.
func nanoseconds(ms *float64) *int64 {
	if ms == nil || math.IsNaN(*ms) || *ms < 0 || *ms > math.MaxInt64/float64(time.Millisecond) {
		return nil
	}
	ns := int64(*ms * float64(time.Millisecond))
	return &ns
}
