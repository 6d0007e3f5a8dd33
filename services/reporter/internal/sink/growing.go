package sink

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// keyColumn tells the rows of a growing file apart: a run that is reported again
// replaces its row.
const keyColumn = "run_id"

// putRow puts a run's row at the end of a CSV file that collects runs. A file with
// another header, or that is no CSV, is moved aside and a new one begun.
func putRow(path string, header, row []string) error {
	return grow(path, func(old []byte) ([]byte, bool) { return spliceRow(old, header, row) })
}

// putLine is putRow for a file of JSON objects, one a line.
func putLine(path, run string, line []byte) error {
	return grow(path, func(old []byte) ([]byte, bool) { return spliceLine(old, run, line), true })
}

// grow replaces a file by what splice makes of it; false from splice sets the old
// file aside. Processes that grow files of one folder take turns.
func grow(path string, splice func(old []byte) ([]byte, bool)) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	unlock, err := lock(dir)
	if err != nil {
		return fmt.Errorf("%w: lock %s: %w", ErrOutput, dir, err)
	}
	defer unlock()
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	grown, ok := splice(old)
	if !ok {
		if err := setAside(path); err != nil {
			return err
		}
		grown, _ = splice(nil)
	}
	return replace(path, func(w io.Writer) error {
		_, err := w.Write(grown)
		return err
	})
}

// lock holds a folder until unlock is called.
func lock(dir string) (unlock func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil // closing unlocks
}

// spliceRow drops the row with row's key and appends row, and leaves every other
// byte as it is. It reports false for text that is not a table with this header.
func spliceRow(old []byte, header, row []string) ([]byte, bool) {
	var out bytes.Buffer
	write := func(record []string) {
		w := csv.NewWriter(&out)
		_ = w.Write(record) // a buffer takes everything
		w.Flush()
	}
	if len(old) == 0 {
		write(header)
		write(row)
		return out.Bytes(), true
	}
	key := slices.Index(header, keyColumn)
	in := csv.NewReader(bytes.NewReader(old))
	first, err := in.Read()
	if err != nil || !slices.Equal(first, header) {
		return nil, false
	}
	out.Write(old[:in.InputOffset()])
	for {
		from := in.InputOffset()
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false
		}
		if key < 0 || record[key] != row[key] {
			out.Write(old[from:in.InputOffset()])
		}
	}
	if text := out.Bytes(); text[len(text)-1] != '\n' {
		out.WriteByte('\n')
	}
	write(row)
	return out.Bytes(), true
}

// spliceLine does the same for lines of JSON; a line that is none stays.
func spliceLine(old []byte, run string, line []byte) []byte {
	var out bytes.Buffer
	for text := range bytes.Lines(old) {
		var object struct {
			Run string `json:"run_id"`
		}
		if json.Unmarshal(text, &object) == nil && object.Run == run {
			continue
		}
		out.Write(bytes.TrimRight(text, "\r\n"))
		out.WriteByte('\n')
	}
	out.Write(line)
	out.WriteByte('\n')
	return out.Bytes()
}

// setAside moves a file to <path>.bak, or .bak1, .bak2 …
func setAside(path string) error {
	for n := 0; ; n++ {
		backup := path + ".bak"
		if n > 0 {
			backup = fmt.Sprintf("%s.bak%d", path, n)
		}
		if _, err := os.Lstat(backup); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(path, backup); err != nil {
				return fmt.Errorf("%w: %w", ErrOutput, err)
			}
			return nil
		}
	}
}
