package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// arrowRows reads an Arrow file batch by batch, in the streaming format that
// Python's datasets saves and caches.
func arrowRows(path string, columns []string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		stopped := false
		err := decoding(func() error {
			return eachArrowRow(path, columns, func(r row) bool {
				stopped = !yield(r, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(row{}, fmt.Errorf("%s: %w", path, err))
		}
	}
}

func eachArrowRow(path string, columns []string, keep func(row) bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer f.Close()
	if err := checkArrow(f); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	in, err := ipc.NewReader(bufio.NewReader(f))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer in.Release()
	var names []string
	for _, field := range in.Schema().Fields() {
		names = append(names, field.Name)
	}
	where, err := positions(columns, names)
	if err != nil {
		return err
	}
	for at := 0; ; {
		batch, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: after row %d: %w", ErrFormat, at, err)
		}
		for i := range int(batch.NumRows()) {
			at++
			cells := make([]cell, len(where))
			for c, column := range where {
				if cells[c], err = anyCell(batch.Column(column).GetOneForMarshal(i)); err != nil {
					return fmt.Errorf("row %d: column %q: %w", at, columns[c], err)
				}
			}
			if !keep(row{at, cells}) {
				return nil
			}
		}
	}
}
