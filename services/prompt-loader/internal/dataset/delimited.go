package dataset

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
)

// commaSeparated and tabSeparated read files with a header line (RFC 4180
// quoting).
func commaSeparated(path string, columns []string) iter.Seq2[row, error] {
	return delimited(path, columns, ',')
}

func tabSeparated(path string, columns []string) iter.Seq2[row, error] {
	return delimited(path, columns, '\t')
}

func delimited(path string, columns []string, comma rune) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(row{}, fmt.Errorf("%w: %w", ErrFormat, err))
			return
		}
		defer f.Close()
		r := csv.NewReader(bufio.NewReader(f))
		r.Comma = comma
		header, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			yield(row{}, fmt.Errorf("%w: %s: %w", ErrFormat, path, err))
			return
		}
		header[0] = strings.TrimPrefix(header[0], byteOrderMark)
		where, err := positions(columns, header)
		if err != nil {
			yield(row{}, fmt.Errorf("%s: %w", path, err))
			return
		}
		r.ReuseRecord = true
		for {
			record, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(row{}, fmt.Errorf("%w: %s: %w", ErrFormat, path, err))
				return
			}
			cells := make([]cell, len(where))
			for i, at := range where {
				cells[i] = cell{text, strings.Clone(record[at])}
			}
			line, _ := r.FieldPos(0)
			if !yield(row{line, cells}, nil) {
				return
			}
		}
	}
}

// positions finds columns in a header.
func positions(columns, header []string) ([]int, error) {
	where := make([]int, len(columns))
	for i, column := range columns {
		if where[i] = slices.Index(header, column); where[i] < 0 {
			return nil, noColumn(column, header)
		}
	}
	return where, nil
}

// textLines reads one prompt per line. A text file has no columns, so the name
// of the prompt's is not looked at, and there is no second one.
func textLines(path string, columns []string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		if len(columns) > 1 {
			yield(row{}, fmt.Errorf("%s: %w", path, noColumn(columns[1], []string{"only lines of text"})))
			return
		}
		for l, err := range lines(path) {
			if !yield(row{l.at, []cell{{text, string(l.line)}}}, err) || err != nil {
				return
			}
		}
	}
}
