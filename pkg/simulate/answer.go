package simulate

import (
	"encoding/json"
	"strconv"
)

// answer writes one request's results as bytes: chunks of a stream, or a whole
// body. It keeps no state but how far each choice has come.
type answer struct {
	*request
	cfg     *Config
	id      string
	created int64
	choices []choice
	// head is what every chunk of the stream begins with.
	head []byte
	// withUsage and everyUsage: a usage chunk at the end, usage on every chunk.
	withUsage, everyUsage bool
	// events counts the events of a response.
	events int
}

// choice is one sequence of the answer.
type choice struct {
	*sequence
	// told is how many tokens have been written, chars how many bytes of text.
	told, chars int
}

func newAnswer(q *request, cfg *Config, id string, created int64, seqs []*sequence) *answer {
	a := &answer{request: q, cfg: cfg, id: id, created: created}
	for _, s := range seqs {
		a.choices = append(a.choices, choice{sequence: s})
	}
	a.everyUsage = q.continuous || cfg.Options.ForceIncludeUsage
	a.withUsage = q.includeUsage || q.responses || cfg.Options.ForceIncludeUsage
	object := "text_completion"
	if q.chat {
		object = "chat.completion.chunk"
	}
	a.head = append([]byte(`data: `), a.opening(object)...)
	return a
}

// opening is the part of every body up to the choices.
func (a *answer) opening(object string) []byte {
	b := append([]byte(`{"id":`), quoted(a.id)...)
	b = append(b, `,"object":"`+object+`","created":`...)
	b = strconv.AppendInt(b, a.created, 10)
	b = append(b, `,"model":`...)
	return append(b, quoted(a.cfg.Model)...)
}

// quoted is a JSON string.
func quoted(s string) []byte {
	// Strings always marshal.
	b, _ := json.Marshal(s)
	return b
}

// done reports whether every choice has been told to its end.
func (a *answer) done() bool {
	for i := range a.choices {
		if a.choices[i].told < a.choices[i].output {
			return false
		}
	}
	return true
}

// told is the number of tokens written over all choices.
func (a *answer) told() (n int) {
	for i := range a.choices {
		n += a.choices[i].told
	}
	return n
}

// appendNew writes a chunk for every token that was made since the last call,
// but no more than most over all choices.
func (a *answer) appendNew(b []byte, most int) []byte {
	for i := range a.choices {
		c := &a.choices[i]
		for made := int(c.progress.Load()); c.told < made && most > 0; most-- {
			if a.responses {
				b = a.appendDelta(b)
				continue
			}
			if c.told == 0 && a.chat {
				b = a.appendRole(b, i)
			}
			b = a.appendToken(b, i)
		}
	}
	return b
}

// appendRole is the opening chunk of a chat's choice; it comes together with the
// first token.
func (a *answer) appendRole(b []byte, i int) []byte {
	b = append(b, a.head...)
	b = append(b, `,"choices":[{"index":`...)
	b = strconv.AppendInt(b, int64(i), 10)
	b = append(b, `,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]`...)
	b = append(b, `,"prompt_token_ids":null`...)
	return a.endChunk(b, i)
}

// appendToken is the chunk of the choice's next token.
func (a *answer) appendToken(b []byte, i int) []byte {
	c := &a.choices[i]
	at := c.told
	c.told++
	b = append(b, a.head...)
	b = append(b, `,"choices":[{"index":`...)
	b = strconv.AppendInt(b, int64(i), 10)
	switch {
	case !a.chat:
		b = append(b, `,"text":"`...)
	case at < c.thinking:
		b = append(b, `,"delta":{"reasoning":"`...)
	default:
		b = append(b, `,"delta":{"content":"`...)
	}
	b = c.appendText(b, at)
	b = append(b, '"')
	if a.chat {
		b = append(b, '}')
	}
	b = append(b, `,"logprobs":null,"finish_reason":`...)
	if c.told == c.output {
		b = append(b, '"')
		b = append(b, c.finish...)
		b = append(b, `","stop_reason":`...)
		b = append(b, c.stopReason()...)
	} else {
		b = append(b, `null`...)
		if !a.chat {
			b = append(b, `,"stop_reason":null`...)
		}
	}
	if !a.chat {
		b = append(b, `,"prompt_token_ids":null`...)
	}
	b = append(b, `,"token_ids":null}]`...)
	return a.endChunk(b, i)
}

func (a *answer) endChunk(b []byte, i int) []byte {
	if a.everyUsage {
		c := &a.choices[i]
		b = append(b, `,"usage":`...)
		b = usage{prompt: c.prompt, completion: c.told, cached: -1, reasoning: -1}.append(b)
	}
	return append(b, "}\n\n"...)
}

// appendText writes the at-th token's text, up to the stop string. The text is
// made of lower-case letters and blanks: nothing needs escaping.
func (c *choice) appendText(b []byte, at int) []byte {
	if at >= c.spoken {
		return b
	}
	before := len(b)
	if at == c.thinking {
		b = append(b, token(c.seed, at)...)
	} else {
		b = appendToken(b, c.seed, at)
	}
	if c.plan.chars >= 0 {
		b = b[:min(len(b), before+max(0, c.plan.chars-c.chars))]
	}
	c.chars += len(b) - before
	return b
}

func (c *choice) stopReason() []byte {
	if c.stop == "" {
		return []byte("null")
	}
	return quoted(c.stop)
}

// total is the usage over all choices.
func (a *answer) total() usage {
	u := usage{cached: -1, reasoning: -1}
	for i := range a.choices {
		if i%a.n == 0 {
			u.prompt += a.choices[i].prompt
		}
		u.completion += a.choices[i].told
	}
	if a.cfg.Options.PromptTokensDetails {
		u.cached = 0
	}
	if a.chat && a.cfg.Options.Reasoning {
		u.reasoning = 0
		for i := range a.choices {
			u.reasoning += min(a.choices[i].thinking, a.choices[i].told)
		}
	}
	return u
}

// fingerprint is vLLM's system_fingerprint, and says what this server is.
func (a *answer) fingerprint() string { return "vllm-" + ServerVersion + "-00000000" }

// appendEnd writes the usage chunk, if any, and the end of the stream.
func (a *answer) appendEnd(b []byte) []byte {
	if a.responses {
		return a.appendCompleted(b)
	}
	if a.withUsage {
		b = append(b, a.head...)
		b = append(b, `,"choices":[],"usage":`...)
		b = a.total().append(b)
		b = append(b, `,"system_fingerprint":`...)
		b = append(b, quoted(a.fingerprint())...)
		b = a.appendRequestMetrics(b)
		b = append(b, "}\n\n"...)
	}
	return append(b, "data: [DONE]\n\n"...)
}

func (a *answer) appendRequestMetrics(b []byte) []byte {
	if a.cfg.Options.PerRequestMetrics {
		b = append(b, `,"metrics":`...)
		b = appendMetrics(b, a.choices[0].sequence)
	}
	return b
}
