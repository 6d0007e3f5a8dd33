package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxEvent bounds one event, so that a server that never ends a line cannot fill
// the memory.
const maxEvent = 8 << 20

// Events reads the data of server-sent events. Its result is valid until the
// next call.
type Events struct {
	r    *bufio.Reader
	data []byte
	line []byte
}

// NewEvents reads from body.
func NewEvents(body io.Reader) *Events { return &Events{r: bufio.NewReaderSize(body, 16<<10)} }

// Next returns the data of the next event that has any; data over several lines
// is joined by line feeds. io.EOF means that the stream ended between events,
// io.ErrUnexpectedEOF inside one.
func (e *Events) Next() ([]byte, error) {
	e.data = e.data[:0]
	any := false
	for {
		line, err := e.readLine()
		if err != nil {
			if errors.Is(err, io.EOF) && (any || len(line) > 0) {
				return nil, io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if len(line) == 0 {
			if any {
				return e.data, nil
			}
			continue
		}
		value, ok := bytes.CutPrefix(line, []byte("data:"))
		if !ok {
			continue // a comment, or a field that these servers do not use
		}
		value = bytes.TrimPrefix(value, []byte(" "))
		if any {
			e.data = append(e.data, '\n')
		}
		e.data = append(e.data, value...)
		any = true
		if len(e.data) > maxEvent {
			return nil, fail(MalformedChunk, "an event is longer than %d bytes", maxEvent)
		}
	}
}

// readLine returns a line without its end, however long it is.
func (e *Events) readLine() ([]byte, error) {
	line, err := e.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		e.line = append(e.line[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = e.r.ReadSlice('\n')
			e.line = append(e.line, line...)
			if len(e.line) > maxEvent {
				return nil, fail(MalformedChunk, "a line is longer than %d bytes", maxEvent)
			}
		}
		line = e.line
	}
	if err != nil {
		return line, err
	}
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}
