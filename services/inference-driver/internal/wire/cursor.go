package wire

import "bytes"

// cursor walks over JSON without copying and without building anything: the
// bytes of a stream's chunk are looked at once and given back to the reader. It
// takes exactly what encoding/json takes; the first thing that is not JSON sets
// bad, and every later step then does nothing.
type cursor struct {
	b   []byte
	i   int
	bad bool
}

// maxDepth is how deeply a chunk may nest, as encoding/json bounds it.
const maxDepth = 10_000

func (c *cursor) fail() { c.bad, c.i = true, len(c.b) }

func (c *cursor) space() {
	for c.i < len(c.b) {
		switch c.b[c.i] {
		case ' ', '\t', '\n', '\r':
			c.i++
		default:
			return
		}
	}
}

// peek is the next byte that is not white space, 0 at the end.
func (c *cursor) peek() byte {
	c.space()
	if c.i == len(c.b) {
		return 0
	}
	return c.b[c.i]
}

func (c *cursor) take(want byte) bool {
	if c.peek() != want || c.i == len(c.b) {
		return false
	}
	c.i++
	return true
}

// object enters an object, and reports false, passing over the value, when it is
// something else.
func (c *cursor) object() bool { return c.enter('{') }

// array enters an array, as object does.
func (c *cursor) array() bool { return c.enter('[') }

func (c *cursor) enter(open byte) bool {
	if c.take(open) {
		return true
	}
	c.skip()
	return false
}

// key is the next key of the object that the cursor is in, without its quotes
// and with its escapes as they stand; false at the object's end. first is true
// for the first call only.
func (c *cursor) key(first bool) ([]byte, bool) {
	if !c.next('}', first) {
		return nil, false
	}
	if c.peek() != '"' {
		c.fail()
		return nil, false
	}
	name := c.text()
	if !c.take(':') {
		c.fail()
		return nil, false
	}
	return name, true
}

// next stands at the next element of an array or an object; false at its end.
func (c *cursor) next(end byte, first bool) bool {
	if c.take(end) {
		return false
	}
	if !first && !c.take(',') || c.bad {
		c.fail()
		return false
	}
	return true
}

// text is a string's content, escapes as they stand. The cursor is at a quote.
func (c *cursor) text() []byte {
	c.i++
	start := c.i
	for c.i < len(c.b) {
		switch b := c.b[c.i]; {
		case b == '"':
			c.i++
			return c.b[start : c.i-1]
		case b == '\\':
			if !c.escape() {
				c.fail()
				return nil
			}
		case b < ' ':
			c.fail()
			return nil
		default:
			c.i++
		}
	}
	c.fail()
	return nil
}

func (c *cursor) escape() bool {
	if c.i+1 >= len(c.b) {
		return false
	}
	switch c.b[c.i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		c.i += 2
		return true
	case 'u':
		if c.i+6 > len(c.b) {
			return false
		}
		for _, h := range c.b[c.i+2 : c.i+6] {
			if (h < '0' || h > '9') && (h|0x20 < 'a' || h|0x20 > 'f') {
				return false
			}
		}
		c.i += 6
		return true
	}
	return false
}

// str is a string's content; nil, passing over the value, when it is no string.
func (c *cursor) str() []byte {
	if c.peek() == '"' {
		return c.text()
	}
	c.skip()
	return nil
}

// raw passes over a value and returns its bytes; nil for null.
func (c *cursor) raw() []byte {
	c.space()
	start := c.i
	c.skip()
	if c.bad || string(c.b[start:c.i]) == "null" {
		return nil
	}
	return c.b[start:c.i]
}

// skip passes over one value.
func (c *cursor) skip() { c.value(0) }

func (c *cursor) value(depth int) {
	if depth > maxDepth {
		c.fail()
		return
	}
	switch c.peek() {
	case '{':
		c.i++
		for first := true; ; first = false {
			if _, ok := c.key(first); !ok {
				return
			}
			c.value(depth + 1)
		}
	case '[':
		c.i++
		for first := true; c.next(']', first); first = false {
			c.value(depth + 1)
		}
	case '"':
		c.text()
	case 't':
		c.literal("true")
	case 'f':
		c.literal("false")
	case 'n':
		c.literal("null")
	default:
		c.number()
	}
}

func (c *cursor) literal(word string) {
	if !bytes.HasPrefix(c.b[c.i:], []byte(word)) {
		c.fail()
		return
	}
	c.i += len(word)
}

func (c *cursor) number() {
	if c.i < len(c.b) && c.b[c.i] == '-' {
		c.i++
	}
	if c.i < len(c.b) && c.b[c.i] == '0' {
		c.i++
	} else if !c.digits() {
		c.fail()
		return
	}
	if c.i < len(c.b) && c.b[c.i] == '.' {
		c.i++
		if !c.digits() {
			c.fail()
			return
		}
	}
	if c.i < len(c.b) && c.b[c.i]|0x20 == 'e' {
		c.i++
		if c.i < len(c.b) && (c.b[c.i] == '+' || c.b[c.i] == '-') {
			c.i++
		}
		if !c.digits() {
			c.fail()
		}
	}
}

func (c *cursor) digits() bool {
	start := c.i
	for c.i < len(c.b) && c.b[c.i] >= '0' && c.b[c.i] <= '9' {
		c.i++
	}
	return c.i > start
}
