package wire

import (
	"bytes"
	"errors"
	"io"
)

const (
	// readSize is how much is asked of the connection at once: dozens of chunks.
	readSize = 8 << 10
	// maxEvent bounds one event, so that a server that never ends a line cannot
	// fill the memory.
	maxEvent = 8 << 20
)

// Events reads server-sent events as the standard has them: lines end with LF,
// CR LF or CR, wherever the reads split them; comments and fields other than
// data say nothing here; data over several lines is joined by LF. It allocates
// nothing per event.
type Events struct {
	body io.Reader
	now  func() int64

	// buf[start:end] has arrived and is not yet parsed, at is when its end did.
	buf        []byte
	start, end int
	at         int64
	// err is what the body ended with, once it has.
	err error
	// afterCR is set when the line before ended with CR, so that a LF that
	// follows belongs to it.
	afterCR bool
	begun   bool

	// joined holds an event's data when it is more than one line, or when the
	// buffer moves before the event is complete.
	joined []byte
}

// NewEvents reads from body and asks now for the time after each read.
func NewEvents(body io.Reader, now func() int64) *Events {
	return &Events{body: body, now: now, buf: make([]byte, readSize)}
}

// Next returns the data of the next event that has any, and when its last byte
// arrived. The data holds until the next call. io.EOF means that the stream has
// ended between events, io.ErrUnexpectedEOF inside one.
func (e *Events) Next() (data []byte, at int64, err error) {
	e.joined = e.joined[:0]
	var pending []byte // the event's only data line so far, in buf
	lines := 0
	for {
		line, ok := e.line()
		if !ok {
			if pending != nil {
				e.joined = append(e.joined, pending...)
				pending = nil
			}
			if err := e.fill(); err == nil {
				continue
			}
			return e.last(lines)
		}
		if len(line) == 0 {
			if lines == 0 {
				continue
			}
			if pending == nil {
				pending = e.joined
			}
			if len(pending) > 0 {
				return pending, e.at, nil
			}
			lines = 0
			continue
		}
		value, ok := field(line)
		if !ok {
			continue
		}
		if lines++; lines == 1 {
			pending = value
			continue
		}
		if pending != nil {
			e.joined = append(e.joined, pending...)
			pending = nil
		}
		if len(e.joined)+len(value) > maxEvent {
			return nil, e.at, fail(MalformedChunk, "an event is longer than %d bytes", maxEvent)
		}
		e.joined = append(append(e.joined, '\n'), value...)
	}
}

// field is the value of a data line.
func field(line []byte) ([]byte, bool) {
	value, ok := bytes.CutPrefix(line, []byte("data"))
	if !ok {
		return nil, false
	}
	if len(value) == 0 {
		return value, true
	}
	if value[0] != ':' {
		return nil, false
	}
	return bytes.TrimPrefix(value[1:], []byte(" ")), true
}

// last decides what is left when the body has ended with an event's lines read.
// The standard drops an event without its empty line; servers that end that way
// mean it, so a complete data line counts, and so does a bare [DONE].
func (e *Events) last(lines int) ([]byte, int64, error) {
	rest := e.buf[e.start:e.end]
	e.start = e.end
	if !errors.Is(e.err, io.EOF) {
		return nil, e.at, e.err
	}
	value, isData := field(rest)
	switch {
	case len(rest) == 0 && lines > 0 && len(e.joined) > 0:
		return e.joined, e.at, nil
	case lines == 0 && isData && string(bytes.TrimSpace(value)) == "[DONE]":
		return value, e.at, nil
	case len(rest) == 0:
		return nil, e.at, io.EOF
	}
	return nil, e.at, io.ErrUnexpectedEOF
}

// line is the next whole line without its end; false when more must be read.
func (e *Events) line() ([]byte, bool) {
	if e.afterCR && e.start < e.end {
		e.afterCR = false
		if e.buf[e.start] == '\n' {
			e.start++
		}
	}
	unread := e.buf[e.start:e.end]
	n := bytes.IndexByte(unread, '\n')
	before := unread
	if n >= 0 {
		before = unread[:n]
	}
	if cr := bytes.IndexByte(before, '\r'); cr >= 0 {
		e.start += cr + 1
		e.afterCR = true
		return unread[:cr], true
	}
	if n < 0 {
		return nil, false
	}
	e.start += n + 1
	return before, true
}

// fill reads once, making room first. It returns what the body ended with.
func (e *Events) fill() error {
	if e.err != nil {
		return e.err
	}
	if e.start > 0 {
		e.end = copy(e.buf, e.buf[e.start:e.end])
		e.start = 0
	}
	if e.end == len(e.buf) {
		if len(e.buf) >= maxEvent {
			e.err = fail(MalformedChunk, "a line is longer than %d bytes", maxEvent)
			return e.err
		}
		e.buf = append(e.buf, make([]byte, len(e.buf))...)
	}
	n, err := e.body.Read(e.buf[e.end:])
	e.err = err
	if n == 0 {
		return err
	}
	e.at = e.now()
	e.end += n
	if !e.begun {
		e.mark()
	}
	return nil
}

// mark passes over a byte order mark at the stream's beginning.
func (e *Events) mark() {
	bom := []byte("\xef\xbb\xbf")
	have := e.buf[:e.end]
	switch {
	case bytes.HasPrefix(have, bom):
		e.start, e.begun = len(bom), true
	case !bytes.HasPrefix(bom, have):
		e.begun = true
	}
}
