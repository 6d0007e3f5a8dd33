package loading

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/dataset"
)

const (
	// truncatePromptTokens is vLLM's parameter: the server keeps the last tokens.
	truncatePromptTokens = "truncate_prompt_tokens"
	// charactersPerToken is the rule of thumb that model makers publish for English
	// text and byte-pair vocabularies.
	charactersPerToken = 4
)

// shorten cuts texts by their characters, where the scenario has the loader do so.
func shorten(s config.Scenario, p dataset.Prompt) dataset.Prompt {
	if s.TruncatedBy() != config.TruncateCharacters {
		return p
	}
	most := int(s.MaxInputTokens) * charactersPerToken
	p.Text = first(p.Text, most)
	said := make([]dataset.Turn, len(p.Turns))
	for i, turn := range p.Turns {
		turn.Text = first(turn.Text, most)
		said[i] = turn
	}
	p.Turns = said
	if p.InputTokens != nil {
		p.InputTokens = new(min(*p.InputTokens, s.MaxInputTokens))
	}
	return p
}

// first is the first n characters of a text.
func first(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// turns are a session's further ones. The recorded answers go along only when they
// are what the server shall be told.
func turns(s config.Scenario, said []dataset.Turn) []event.Turn {
	var out []event.Turn
	for _, turn := range said {
		t := event.Turn{Prompt: turn.Text, PromptSHA256: digest(turn.Text), ExpectedOutputTokens: turn.OutputTokens}
		if s.History == config.HistoryDataset {
			t.Answer = turn.Answer
		}
		out = append(out, t)
	}
	return out
}
