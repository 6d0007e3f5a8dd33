package wire

import "bytes"

// told is what an event of the responses API says beside what any chunk does: its
// type, whether its delta has text, and the response it ends with, as it stands.
type told struct {
	kind, response []byte
	words          bool
}

// event reads an event of the responses API by its type. Every delta is a token's
// arrival, as every choice of a chat is; there is no opening, for the events before
// the first delta come before any work. It returns the object that speaks of a
// failure, nil when there is none.
func (c *Chunk) event(e told, data []byte) (failure []byte) {
	if string(e.kind) == "error" {
		return data
	}
	if !bytes.HasPrefix(e.kind, []byte("response.")) {
		return nil
	}
	switch string(e.kind) {
	case "response.output_text.delta", "response.refusal.delta":
		c.Choice, c.Text = true, c.Text || e.words
	case "response.reasoning_text.delta", "response.reasoning_summary_text.delta":
		c.Choice, c.Reasoning = true, c.Reasoning || e.words
	case "response.failed":
		if e.response == nil {
			return data
		}
		return e.response
	case "response.completed", "response.incomplete":
		c.Done = true
		c.response(e.response, string(e.kind) == "response.incomplete")
	default:
		c.Choice = c.Choice || bytes.HasSuffix(e.kind, []byte(".delta"))
	}
	return nil
}

// response reads the object of the last event. Some servers complete what they cut
// short, so that its own status counts too.
func (c *Chunk) response(object []byte, incomplete bool) {
	var status, reason []byte
	walk := cursor{b: object}
	if walk.take('{') {
		for first := true; ; first = false {
			name, ok := walk.key(first)
			if !ok {
				break
			}
			switch string(name) {
			case "status":
				status = walk.str()
			case "usage":
				c.Usage = walk.raw()
			case "metrics":
				c.Metrics = walk.raw()
			case "incomplete_details":
				reason = why(&walk)
			default:
				walk.skip()
			}
		}
	}
	switch {
	case string(status) == "failed":
		c.Finish = "error"
	case string(status) == "cancelled":
		c.Finish = "abort"
	case string(reason) == "max_output_tokens":
		c.Finish = "length"
	case len(reason) > 0:
		c.Finish = string(reason)
	case incomplete || string(status) == "incomplete":
		c.Finish = "incomplete"
	default:
		c.Finish = "stop"
	}
}

// why is the reason in incomplete_details; nil for null.
func why(walk *cursor) (reason []byte) {
	if !walk.object() {
		return nil
	}
	for first := true; ; first = false {
		name, ok := walk.key(first)
		if !ok {
			return reason
		}
		if string(name) == "reason" {
			reason = walk.str()
		} else {
			walk.skip()
		}
	}
}
