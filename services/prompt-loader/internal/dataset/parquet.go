package dataset

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/parquet-go/parquet-go"
)

// parquetBatch is how many rows are decoded at a time.
const parquetBatch = 64

// parquetRows reads a Parquet file row group by row group, and of each the
// wanted columns only.
func parquetRows(path string, columns []string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		stopped := false
		err := decoding(func() error {
			return eachParquetRow(path, columns, func(r row) bool {
				stopped = !yield(r, nil)
				return !stopped
			})
		})
		if err != nil && !stopped {
			yield(row{}, fmt.Errorf("%s: %w", path, err))
		}
	}
}

// eachParquetRow calls keep with every row until it says stop.
func eachParquetRow(path string, columns []string, keep func(row) bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if err := parquetFooter(f, info.Size()); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	wanted, err := projection(file.Schema(), columns)
	if err != nil {
		return err
	}
	narrow, err := parquet.Convert(wanted, file.Schema())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	at := 0
	for _, group := range file.RowGroups() {
		rows := parquet.ConvertRowGroup(group, narrow).Rows()
		more, err := eachGroupRow(rows, wanted, columns, &at, keep)
		if err = errors.Join(err, rows.Close()); err != nil || !more {
			return err
		}
	}
	return nil
}

// parquetFooter checks the length that the file's end gives for the metadata
// before it: the library would take it at its word and allocate that much.
func parquetFooter(f *os.File, size int64) error {
	const tail = 8
	end := make([]byte, tail)
	if _, err := f.ReadAt(end, max(0, size-tail)); err != nil && !errors.Is(err, io.EOF) || size < tail {
		return errors.New("too short for a Parquet file")
	}
	if string(end[4:]) != "PAR1" {
		return errors.New("does not end like a Parquet file")
	}
	if length := int64(binary.LittleEndian.Uint32(end)); length > size-tail {
		return fmt.Errorf("metadata of %d bytes in a file of %d", length, size)
	}
	return nil
}

func eachGroupRow(rows parquet.Rows, schema *parquet.Schema, columns []string, at *int, keep func(row) bool) (more bool, err error) {
	batch := make([]parquet.Row, parquetBatch)
	for {
		n, err := rows.ReadRows(batch)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, fmt.Errorf("%w: after row %d: %w", ErrFormat, *at, err)
		}
		for _, values := range batch[:n] {
			*at++
			object := map[string]any{}
			if err := schema.Reconstruct(&object, values); err != nil {
				return false, fmt.Errorf("%w: row %d: %w", ErrFormat, *at, err)
			}
			cells := make([]cell, len(columns))
			for i, column := range columns {
				if cells[i], err = anyCell(object[column]); err != nil {
					return false, fmt.Errorf("row %d: column %q: %w", *at, column, err)
				}
			}
			if !keep(row{*at, cells}) {
				return false, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return true, nil
		}
	}
}

// projection is the part of a schema that is wanted.
func projection(schema *parquet.Schema, columns []string) (*parquet.Schema, error) {
	fields := map[string]parquet.Node{}
	var names []string
	for _, f := range schema.Fields() {
		fields[f.Name()] = f
		names = append(names, f.Name())
	}
	group := parquet.Group{}
	for _, column := range columns {
		node, ok := fields[column]
		if !ok {
			return nil, noColumn(column, names)
		}
		group[column] = node
	}
	return parquet.NewSchema("row", group), nil
}

// decoding runs a library's decoder. Damaged files have made such decoders
// panic; here that is one more way in which a file cannot be read.
func decoding(decode func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: damaged file: %v", ErrFormat, p)
		}
	}()
	return decode()
}
