package sink

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrOutput marks a place that cannot be written to. The run has failed with
// class "output" when it stands before the load.
var ErrOutput = errors.New("output cannot be written")

// replace writes a file beside path, then puts it in path's place in one step.
func replace(path string, write func(w io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
			err = fmt.Errorf("%w: %s: %w", ErrOutput, path, err)
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<16)
	err = errors.Join(write(buffered), buffered.Flush(), f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// table writes a header and rows as CSV.
func table(w io.Writer, header []string, rows func(yield func([]string) bool)) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	for row := range rows {
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// appendRow adds a row to a CSV file that keeps growing. A file with another
// header is moved to <path>.bak, or .bak1, .bak2 …, and a new one begun.
func appendRow(path string, header, row []string) error {
	old, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("%w: %w", ErrOutput, err)
	default:
		first, e := csv.NewReader(bytes.NewReader(old)).Read()
		if e != nil || !slices.Equal(first, header) {
			if err := setAside(path); err != nil {
				return err
			}
			old = nil
		}
	}
	return replace(path, func(w io.Writer) error {
		if len(old) == 0 {
			return table(w, header, slices.Values([][]string{row}))
		}
		if _, err := w.Write(old); err != nil {
			return err
		}
		out := csv.NewWriter(w)
		_ = out.Write(row) // Flush reports it
		out.Flush()
		return out.Error()
	})
}

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

// Writable checks that files can be made in the folder, by making one.
func Writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	f, err := os.CreateTemp(dir, ".writable.*")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	_, err = f.Write(make([]byte, 4096))
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return fmt.Errorf("%w: %w", ErrOutput, err)
	}
	return nil
}
