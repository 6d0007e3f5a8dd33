package simulate

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// decodeResponse reads the body of a request to the responses API as the chat that
// it is. Only streams are simulated.
func decodeResponse(body []byte) (*request, *apiError) {
	var same wireRequest
	var own struct {
		Input        json.RawMessage `json:"input"`
		Instructions string          `json:"instructions"`
		MaxTokens    *int            `json:"max_output_tokens"`
		Reasoning    *struct {
			Effort *string `json:"effort"`
		} `json:"reasoning"`
	}
	if err := json.Unmarshal(body, &same); err != nil {
		return nil, undecodable(err)
	}
	if err := json.Unmarshal(body, &own); err != nil {
		return nil, undecodable(err)
	}
	w := wireRequest{
		Model: same.Model, IgnoreEOS: same.IgnoreEOS, Stop: same.Stop, IncludeStop: same.IncludeStop, Seed: same.Seed,
		Stream: same.Stream, Temperature: same.Temperature, TopP: same.TopP, MaxTokens: own.MaxTokens,
	}
	if own.Reasoning != nil {
		w.ReasoningEffort = own.Reasoning.Effort
	}
	if !w.Stream {
		return nil, refused("stream", "Responses are simulated as streams only.")
	}
	if own.Instructions != "" {
		w.Messages = append(w.Messages, message{"system", quoted(own.Instructions)})
	}
	var text string
	var messages []message
	switch {
	case len(own.Input) == 0 || string(own.Input) == "null":
		return nil, invalid("input", "input: field required")
	case json.Unmarshal(own.Input, &text) == nil:
		messages = []message{{"user", own.Input}}
	case json.Unmarshal(own.Input, &messages) != nil || len(messages) == 0:
		return nil, invalid("input", "input: neither a string nor a list of messages")
	}
	w.Messages = append(w.Messages, messages...)
	q, problem := w.read(true)
	if problem != nil {
		return nil, problem
	}
	q.responses = true
	return q, nil
}

// appendEvent begins an event of a response; its caller writes further members and
// ends it with endEvent.
func (a *answer) appendEvent(b []byte, kind string) []byte {
	b = append(b, "event: "...)
	b = append(b, kind...)
	b = append(b, "\ndata: {\"type\":\""...)
	b = append(b, kind...)
	b = append(b, `","sequence_number":`...)
	b = strconv.AppendInt(b, int64(a.events), 10)
	a.events++
	return b
}

func endEvent(b []byte) []byte { return append(b, "}\n\n"...) }

// appendBegun are the events before any work.
func (a *answer) appendBegun(b []byte) []byte {
	for _, kind := range []string{"response.created", "response.in_progress"} {
		b = a.appendEvent(b, kind)
		b = endEvent(a.appendResponse(b, "in_progress", `,"output":[],"usage":null`))
	}
	return b
}

// appendResponse writes the object with a status and what else it says.
func (a *answer) appendResponse(b []byte, status, rest string) []byte {
	b = append(b, `,"response":{"id":`...)
	b = append(b, quoted(a.id)...)
	b = append(b, `,"object":"response","created_at":`...)
	b = strconv.AppendInt(b, a.created, 10)
	b = append(b, `,"model":`...)
	b = append(b, quoted(a.cfg.Model)...)
	b = append(b, `,"status":"`+status+`"`...)
	b = append(b, rest...)
	return append(b, '}')
}

// appendDelta is the event of the next token.
func (a *answer) appendDelta(b []byte) []byte {
	c := &a.choices[0]
	at := c.told
	c.told++
	if at < c.thinking {
		b = append(a.appendEvent(b, "response.reasoning_text.delta"), `,"item_id":"rs_0","output_index":0`...)
	} else {
		b = append(a.appendEvent(b, "response.output_text.delta"), `,"item_id":"msg_0","output_index":`...)
		b = strconv.AppendInt(b, int64(min(c.thinking, 1)), 10)
		b = append(b, `,"logprobs":[]`...)
	}
	b = append(b, `,"content_index":0,"delta":"`...)
	b = c.appendText(b, at)
	return endEvent(append(b, '"'))
}

// appendFailed is the event that ends a response that broke.
func (a *answer) appendFailed(b []byte, message string) []byte {
	b = a.appendEvent(b, "response.failed")
	rest := `,"error":{"code":"server_error","message":` + string(quoted(message)) + `},"output":[],"usage":null`
	return endEvent(a.appendResponse(b, "failed", rest))
}

// appendCompleted is the last event: the whole answer, and its usage if wanted.
func (a *answer) appendCompleted(b []byte) []byte {
	c := &choice{sequence: a.choices[0].sequence}
	var text, reasoning []byte
	for at := range c.output {
		if at < c.thinking {
			reasoning = c.appendText(reasoning, at)
		} else {
			text = c.appendText(text, at)
		}
	}
	rest := `,"error":null,"incomplete_details":null,"output":[`
	kind, status := "response.completed", "completed"
	if c.finish == "length" {
		kind, status = "response.incomplete", "incomplete"
		rest = `,"error":null,"incomplete_details":{"reason":"max_output_tokens"},"output":[`
	}
	if len(reasoning) > 0 {
		rest += `{"id":"rs_0","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":` + string(quoted(string(reasoning))) + `}]},`
	}
	rest += `{"id":"msg_0","type":"message","role":"assistant","status":"` + status + `","content":[{"type":"output_text","annotations":[],"text":` +
		string(quoted(string(text))) + `}]}],"usage":`
	if a.withUsage {
		rest += string(a.total().ofResponse())
	} else {
		rest += "null"
	}
	return endEvent(a.appendResponse(a.appendEvent(b, kind), status, rest))
}

// ofResponse is the account in the names of the responses API, which always has
// its details.
func (u usage) ofResponse() []byte {
	b := strconv.AppendInt([]byte(`{"input_tokens":`), int64(u.prompt), 10)
	b = strconv.AppendInt(append(b, `,"input_tokens_details":{"cached_tokens":`...), int64(max(u.cached, 0)), 10)
	b = strconv.AppendInt(append(b, `},"output_tokens":`...), int64(u.completion), 10)
	b = strconv.AppendInt(append(b, `,"output_tokens_details":{"reasoning_tokens":`...), int64(max(u.reasoning, 0)), 10)
	b = strconv.AppendInt(append(b, `},"total_tokens":`...), int64(u.prompt+u.completion), 10)
	return append(b, '}')
}

// decoders are what reads the bodies of the three APIs.
var (
	asCompletion = func(body []byte) (*request, *apiError) { return decodeRequest(body, false) }
	asChat       = func(body []byte) (*request, *apiError) { return decodeRequest(body, true) }
	asResponse   = decodeResponse
)

func (s *Simulator) serveBy(decode func([]byte) (*request, *apiError)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { s.generate(w, r, decode) }
}
