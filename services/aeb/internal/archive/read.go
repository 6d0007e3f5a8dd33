package archive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Check reads a file to its end and returns what the end says. Any error means that
// the file as a whole cannot be trusted.
func Check(path string) (End, error) {
	var end End
	for _, err := range records(path, &end) {
		if err != nil {
			return End{}, err
		}
	}
	return end, nil
}

// Records yields the events of a file in order. An error ends it; it comes from a
// file that Check would not have passed, or that has changed since.
func Records(path string) iter.Seq2[Record, error] {
	var end End
	return records(path, &end)
}

func records(path string, end *End) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(Record{}, fmt.Errorf("archive: %w", err))
			return
		}
		defer f.Close()
		r := &reader{end: end, more: true}
		for r.more {
			e, err := r.next(f, compressed(path))
			if errors.Is(err, errEnd) {
				return
			}
			if err != nil {
				yield(Record{}, &LineError{path, max(r.line, 1), err})
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// reader takes a file line by line.
type reader struct {
	lines *bufio.Reader
	line  int
	run   event.RunID
	seen  int64
	end   *End
	more  bool
}

// maxLine is far above the largest event that a broker takes.
const maxLine = 64 << 20

// errEnd is the end of a file that is whole.
var errEnd = errors.New("end")

// next is the next event, or errEnd behind the last one.
func (r *reader) next(f io.Reader, zip bool) (Record, error) {
	if r.lines == nil {
		if zip {
			z, err := gzip.NewReader(f)
			if err != nil {
				return Record{}, unexpected(err)
			}
			f = z
		}
		r.lines = bufio.NewReaderSize(f, 1<<20)
	}
	line, err := r.text()
	if errors.Is(err, io.EOF) {
		return Record{}, errors.New("the file ends without the end of its run: it was cut off")
	}
	if err != nil {
		return Record{}, unexpected(err)
	}
	if isEnd(line) {
		return Record{}, r.ended(line)
	}
	record, err := parse(line)
	if err != nil {
		return Record{}, err
	}
	id := record.Event.ID
	if r.run == "" {
		r.run = id.Run
	}
	if id.Run != r.run {
		return Record{}, fmt.Errorf("event %s is of another run than %s", id, r.run)
	}
	r.seen++
	return record, nil
}

// text is the next line that is not empty.
func (r *reader) text() ([]byte, error) {
	for {
		var line []byte
		for {
			part, err := r.lines.ReadSlice('\n')
			line = append(line, part...)
			if len(line) > maxLine {
				return nil, fmt.Errorf("the line is longer than %d bytes", maxLine)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
				return nil, err
			}
			break
		}
		r.line++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

// ended takes the last line, behind which there is nothing.
func (r *reader) ended(line []byte) error {
	end, err := parseEnd(line)
	if err != nil {
		return err
	}
	if r.seen > 0 && end.State.Run != r.run {
		return fmt.Errorf("end of run %s in a file of run %s", end.State.Run, r.run)
	}
	if end.Events != r.seen {
		return fmt.Errorf("the file has %d events where its end counts %d", r.seen, end.Events)
	}
	switch _, err := r.text(); {
	case err == nil:
		return errors.New("something follows the end of the run")
	case !errors.Is(err, io.EOF):
		return unexpected(err)
	}
	*r.end, r.more = end, false
	return errEnd
}

// unexpected keeps an end in the middle of compressed data from passing for the end.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
