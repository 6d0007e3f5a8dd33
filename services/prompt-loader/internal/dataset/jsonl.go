package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
)

// maxLineBytes bounds one line, so that a file of another kind fails instead of
// filling the memory.
const maxLineBytes = 16 << 20

// lines yields the non-blank lines of a file, trimmed, with their numbers. A
// line is valid until the next one.
func lines(path string) iter.Seq2[numbered, error] {
	return func(yield func(numbered, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(numbered{}, fmt.Errorf("%w: %w", ErrFormat, err))
			return
		}
		defer f.Close()
		scan := bufio.NewScanner(f)
		scan.Buffer(nil, maxLineBytes)
		for n := 1; scan.Scan(); n++ {
			line := scan.Bytes()
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte(byteOrderMark))
			}
			if line = bytes.TrimSpace(line); len(line) > 0 && !yield(numbered{n, line}, nil) {
				return
			}
		}
		if err := scan.Err(); err != nil {
			yield(numbered{}, fmt.Errorf("%w: %s: %w", ErrFormat, path, err))
		}
	}
}

type numbered struct {
	at   int
	line []byte
}

const byteOrderMark = "\ufeff"

// jsonLines reads one JSON object per line.
func jsonLines(path string, columns []string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for l, err := range lines(path) {
			if err != nil {
				yield(row{}, err)
				return
			}
			cells, err := jsonCells(l.line, columns)
			if err != nil {
				err = fmt.Errorf("%s:%d: %w", path, l.at, err)
			}
			if !yield(row{l.at, cells}, err) || err != nil {
				return
			}
		}
	}
}

// jsonObjects reads an array of objects, or objects one after another, which is
// what Python's datasets also accepts in a .json file.
func jsonObjects(path string, columns []string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(row{}, fmt.Errorf("%w: %w", ErrFormat, err))
			return
		}
		defer f.Close()
		in := bufio.NewReader(f)
		array, err := startsArray(in)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				yield(row{}, fmt.Errorf("%w: %s: %w", ErrFormat, path, err))
			}
			return
		}
		decoder := json.NewDecoder(in)
		if array {
			// The token is there: startsArray has seen it.
			_, _ = decoder.Token()
		}
		for n := 1; decoder.More(); n++ {
			var raw json.RawMessage
			var cells []cell
			err := decoder.Decode(&raw)
			if err != nil {
				err = fmt.Errorf("%w: %w", ErrFormat, err)
			} else {
				cells, err = jsonCells(raw, columns)
			}
			if err != nil {
				err = fmt.Errorf("%s:%d: %w", path, n, err)
			}
			if !yield(row{n, cells}, err) || err != nil {
				return
			}
		}
		if !array {
			return
		}
		if _, err := decoder.Token(); err != nil {
			yield(row{}, fmt.Errorf("%w: %s: the array does not end: %w", ErrFormat, path, err))
		}
	}
}

// startsArray skips white space and a byte order mark, and reports whether an
// array comes next.
func startsArray(in *bufio.Reader) (bool, error) {
	for {
		c, _, err := in.ReadRune()
		if err != nil {
			return false, err
		}
		switch c {
		case ' ', '\t', '\r', '\n', '\ufeff':
			continue
		}
		return c == '[', in.UnreadRune()
	}
}

// jsonCells takes the columns of one object.
func jsonCells(raw []byte, columns []string) ([]cell, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("%w: not a JSON object: %w", ErrFormat, err)
	}
	cells := make([]cell, len(columns))
	for i, column := range columns {
		value, ok := object[column]
		if !ok {
			return nil, noColumn(column, slices.Sorted(maps.Keys(object)))
		}
		var err error
		if cells[i], err = jsonCell(value); err != nil {
			return nil, fmt.Errorf("column %q: %w", column, err)
		}
	}
	return cells, nil
}
