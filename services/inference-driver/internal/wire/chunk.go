package wire

import "bytes"

// Chunk is what one event of a stream says. Its slices are parts of the event's
// data: they hold until the next event is read.
type Chunk struct {
	// Text and Reasoning report whether the chunk carries any of either.
	Text, Reasoning bool
	// Opening is the chunk that only names the role; Choice any other chunk that
	// has a choice, with text or without: vLLM sends one for every engine output,
	// and holds back the bytes of a character that is not whole yet.
	Opening, Choice bool
	// Finish is the reason, "" while the answer goes on.
	Finish string
	// Usage and Metrics are the objects of those names, as they stand, for
	// [Usage] and [Timings]; nil when there are none.
	Usage, Metrics []byte
	// Done is the [DONE] that ends a stream, or the event that ends a response.
	Done bool
}

// Parse reads the data of one event, without allocating. It returns an *Error
// for an error event and for data that is not a chunk.
func (c *Chunk) Parse(data []byte) error {
	*c = Chunk{}
	data = bytes.TrimSpace(data)
	if string(data) == "[DONE]" {
		c.Done = true
		return nil
	}
	walk := cursor{b: data}
	if walk.peek() != '{' {
		return malformed(data)
	}
	walk.i++
	failed := false
	var e told
	for first := true; ; first = false {
		name, ok := walk.key(first)
		if !ok {
			break
		}
		switch string(name) {
		case "choices":
			c.choices(&walk)
		case "usage":
			c.Usage = walk.raw()
		case "metrics":
			c.Metrics = walk.raw()
		case "error":
			failed = walk.raw() != nil || failed
		case "object":
			failed = string(walk.str()) == "error" || failed
		case "type":
			e.kind = walk.str()
		case "delta":
			e.words = len(walk.str()) > 0
		case "response":
			e.response = walk.raw()
		default:
			walk.skip()
		}
	}
	if walk.peek() != 0 || walk.bad || walk.i < len(data) {
		return malformed(data)
	}
	if failed {
		return fromEvent(data)
	}
	if failure := c.event(e, data); failure != nil {
		return fromEvent(failure)
	}
	return nil
}

func malformed(data []byte) error {
	return fail(MalformedChunk, "not a chunk: %s", data[:min(len(data), 200)])
}

func (c *Chunk) choices(walk *cursor) {
	if !walk.array() {
		return
	}
	for first := true; walk.next(']', first); first = false {
		c.choice(walk)
	}
}

func (c *Chunk) choice(walk *cursor) {
	if !walk.object() {
		return
	}
	role, content, ended := false, false, false
	for first := true; ; first = false {
		name, ok := walk.key(first)
		if !ok {
			break
		}
		switch string(name) {
		case "text":
			c.Text = len(walk.str()) > 0 || c.Text
		case "delta":
			role, content = c.delta(walk)
		case "finish_reason":
			if reason := walk.str(); len(reason) > 0 {
				c.Finish, ended = finish(reason), true
			}
		default:
			walk.skip()
		}
	}
	if role && !content && !ended {
		c.Opening = true
	} else {
		c.Choice = true
	}
}

// delta covers both names of reasoning text: vLLM had reasoning_content before
// it had reasoning. It reports whether there is a role, and text of any kind.
func (c *Chunk) delta(walk *cursor) (role, content bool) {
	if !walk.object() {
		return false, false
	}
	for first := true; ; first = false {
		name, ok := walk.key(first)
		if !ok {
			return role, content
		}
		switch string(name) {
		case "role":
			role = len(walk.str()) > 0 || role
		case "content":
			if len(walk.str()) > 0 {
				c.Text, content = true, true
			}
		case "reasoning", "reasoning_content":
			if len(walk.str()) > 0 {
				c.Reasoning, content = true, true
			}
		default:
			walk.skip()
		}
	}
}

// finish is the reason as a string, without an allocation for the usual ones.
func finish(reason []byte) string {
	switch string(reason) {
	case "stop":
		return "stop"
	case "length":
		return "length"
	}
	return string(reason)
}
