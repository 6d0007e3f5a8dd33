package simulate

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// maxChoices bounds n times the number of prompts of one request.
const maxChoices = 1024

// request is a decoded and checked generation request.
type request struct {
	chat bool
	// responses is set of a chat that came through the responses API.
	responses bool

	model string
	// prompts are the texts; tokens their lengths.
	prompts []string
	tokens  []int
	// maxTokens is nil when the request leaves it open.
	maxTokens      *int
	minTokens      int
	ignoreEOS      bool
	stop           []string
	keepStop       bool
	seed           *uint64
	n              int
	stream         bool
	includeUsage   bool
	continuous     bool
	thinking, echo bool
}

// wireRequest is the body as it comes; unknown fields are ignored, as vLLM does.
type wireRequest struct {
	Model               *string         `json:"model"`
	Prompt              json.RawMessage `json:"prompt"`
	Messages            []message       `json:"messages"`
	MaxTokens           *int            `json:"max_tokens"`
	MaxCompletionTokens *int            `json:"max_completion_tokens"`
	MinTokens           int             `json:"min_tokens"`
	TruncatePrompt      *int            `json:"truncate_prompt_tokens"`
	IgnoreEOS           bool            `json:"ignore_eos"`
	Stop                json.RawMessage `json:"stop"`
	IncludeStop         bool            `json:"include_stop_str_in_output"`
	Seed                *int64          `json:"seed"`
	N                   *int            `json:"n"`
	Stream              bool            `json:"stream"`
	StreamOptions       *struct {
		IncludeUsage bool `json:"include_usage"`
		Continuous   bool `json:"continuous_usage_stats"`
	} `json:"stream_options"`
	Temperature      *float64        `json:"temperature"`
	TopP             *float64        `json:"top_p"`
	AddSpecialTokens *bool           `json:"add_special_tokens"`
	Echo             bool            `json:"echo"`
	IncludeReasoning *bool           `json:"include_reasoning"`
	ReasoningEffort  *string         `json:"reasoning_effort"`
	TemplateArgs     json.RawMessage `json:"chat_template_kwargs"`
}

// message is one turn of a chat.
type message struct {
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

// decodeRequest reads and checks a body. What depends on the server (the model's
// name, its context) is checked by the caller.
func decodeRequest(body []byte, chat bool) (*request, *apiError) {
	var w wireRequest
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, undecodable(err)
	}
	return w.read(chat)
}

func (w *wireRequest) read(chat bool) (*request, *apiError) {
	q := &request{
		chat: chat, n: 1, minTokens: w.MinTokens, ignoreEOS: w.IgnoreEOS, keepStop: w.IncludeStop,
		stream: w.Stream, maxTokens: w.MaxTokens, echo: w.Echo && !chat,
	}
	if w.Model != nil {
		q.model = *w.Model
	}
	if w.Seed != nil {
		q.seed = new(uint64(*w.Seed))
	}
	if chat && w.MaxCompletionTokens != nil {
		q.maxTokens = w.MaxCompletionTokens
	}
	var problem *apiError
	if chat {
		problem = q.readMessages(w)
	} else {
		problem = q.readPrompt(w)
	}
	if problem == nil && w.TruncatePrompt != nil {
		problem = q.truncate(*w.TruncatePrompt)
	}
	if problem == nil {
		problem = q.readOptions(w)
	}
	if problem != nil {
		return nil, problem
	}
	return q, nil
}

// truncate keeps the last n tokens of each prompt. Only their number is simulated.
func (q *request) truncate(n int) *apiError {
	if n < 1 {
		return refused("truncate_prompt_tokens", "truncate_prompt_tokens: %d must be at least 1", n)
	}
	for i, tokens := range q.tokens {
		q.tokens[i] = min(tokens, n)
	}
	return nil
}

func undecodable(err error) *apiError {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return invalid(wrong.Field, "%s: a %s where a %s belongs", wrong.Field, wrong.Value, wrong.Type)
	}
	return invalid("", "body: not a JSON object of the expected shape: %v", err)
}

// readMessages makes one prompt of the turns, at the template's cost in tokens.
func (q *request) readMessages(w *wireRequest) *apiError {
	if len(w.Messages) == 0 {
		return invalid("messages", "messages: field required")
	}
	var all strings.Builder
	tokens := chatOpenTokens
	for _, m := range w.Messages {
		if m.Role == "" {
			return invalid("messages", "messages: a message has no role")
		}
		text, ok := contentText(m.Content)
		if !ok {
			return invalid("messages", "messages: content is neither a string nor a list of parts")
		}
		tokens += chatTurnTokens + countTokens(text)
		all.WriteString(m.Role)
		all.WriteByte(0)
		all.WriteString(text)
		all.WriteByte(0)
	}
	q.prompts, q.tokens = []string{all.String()}, []int{tokens}
	return nil
}

// contentText reads a message's content: a string, parts of which the text
// counts, or null.
func contentText(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", true
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", false
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String(), true
}

// readPrompt reads the four forms: text, texts, token ids, lists of token ids.
func (q *request) readPrompt(w *wireRequest) *apiError {
	special := 1
	if w.AddSpecialTokens != nil && !*w.AddSpecialTokens {
		special = 0
	}
	text := func(s string) {
		q.prompts, q.tokens = append(q.prompts, s), append(q.tokens, countTokens(s)+special)
	}
	ids := func(v []int64) {
		// The ids are only a seed here: there is no vocabulary to look them up in.
		raw, _ := json.Marshal(v)
		q.prompts, q.tokens = append(q.prompts, string(raw)), append(q.tokens, len(v))
	}
	var one string
	var many []string
	var tokens []int64
	var lists [][]int64
	switch raw := bytes.TrimSpace(w.Prompt); {
	case len(raw) == 0 || string(raw) == "null":
		return invalid("prompt", "prompt: field required")
	case json.Unmarshal(raw, &one) == nil:
		text(one)
	case json.Unmarshal(raw, &many) == nil:
		for _, s := range many {
			text(s)
		}
	case json.Unmarshal(raw, &tokens) == nil:
		ids(tokens)
	case json.Unmarshal(raw, &lists) == nil:
		for _, v := range lists {
			ids(v)
		}
	default:
		return invalid("prompt", "prompt: neither text nor token ids")
	}
	if slices.Contains(q.tokens, 0) {
		return refused("prompt", "The decoder prompt cannot be empty.")
	}
	if len(q.tokens) == 0 {
		return refused("prompt", "No prompt was given.")
	}
	return nil
}

// readOptions checks everything but the prompt.
func (q *request) readOptions(w *wireRequest) *apiError {
	if w.StreamOptions != nil {
		if !w.Stream {
			return refused("stream_options", "Stream options can only be defined when `stream=True`.")
		}
		q.includeUsage = w.StreamOptions.IncludeUsage
		q.continuous = q.includeUsage && w.StreamOptions.Continuous
	}
	if w.N != nil {
		if q.n = *w.N; q.n < 1 || q.n*len(q.prompts) > maxChoices || q.n > maxChoices {
			return refused("n", "n must be at least 1 and at most %d over all prompts, got %d.", maxChoices, q.n)
		}
	}
	if len(q.prompts) > maxChoices {
		return refused("prompt", "at most %d prompts, got %d.", maxChoices, len(q.prompts))
	}
	switch {
	case q.maxTokens != nil && *q.maxTokens < 1:
		return refused("max_tokens", "max_tokens must be at least 1, got %d.", *q.maxTokens)
	case q.minTokens < 0:
		return refused("min_tokens", "min_tokens must be greater than or equal to 0, got %d.", q.minTokens)
	case q.maxTokens != nil && q.minTokens > *q.maxTokens:
		return refused("min_tokens", "min_tokens must be less than or equal to max_tokens=%d, got %d.", *q.maxTokens, q.minTokens)
	case w.Temperature != nil && *w.Temperature < 0:
		return refused("temperature", "temperature must be non-negative, got %g.", *w.Temperature)
	case w.TopP != nil && (*w.TopP <= 0 || *w.TopP > 1):
		return refused("top_p", "top_p must be in (0, 1], got %g.", *w.TopP)
	}
	if problem := q.readStop(w.Stop); problem != nil {
		return problem
	}
	q.thinking = q.chat && wantsThinking(w)
	return nil
}

func (q *request) readStop(raw json.RawMessage) *apiError {
	var one string
	switch {
	case len(raw) == 0 || string(raw) == "null":
	case json.Unmarshal(raw, &one) == nil:
		q.stop = []string{one}
	case json.Unmarshal(raw, &q.stop) != nil:
		return invalid("stop", "stop: neither a string nor a list of strings")
	}
	if slices.Contains(q.stop, "") {
		return refused("stop", "stop cannot contain an empty string.")
	}
	return nil
}

// wantsThinking: the template's own switch wins over the effort.
func wantsThinking(w *wireRequest) bool {
	if w.IncludeReasoning != nil && !*w.IncludeReasoning {
		return false
	}
	var args struct {
		EnableThinking *bool `json:"enable_thinking"`
	}
	if json.Unmarshal(w.TemplateArgs, &args) == nil && args.EnableThinking != nil {
		return *args.EnableThinking
	}
	return w.ReasoningEffort == nil || *w.ReasoningEffort != "none"
}
