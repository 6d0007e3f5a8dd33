package archive

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// Write puts a run into the file at path, which appears whole or not at all. An
// error that records yields is a message that is no event, when unreadable says so,
// and is counted; any other ends the writing.
func Write(path string, state run.State, records iter.Seq2[Record, error], unreadable func(error) bool) (End, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return End{}, fmt.Errorf("archive: %w", err)
	}
	defer os.Remove(f.Name())
	end, err := write(f, compressed(path), state, records, unreadable)
	if err = errors.Join(err, f.Close()); err != nil {
		return End{}, fmt.Errorf("archive %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return End{}, fmt.Errorf("archive: %w", err)
	}
	return end, nil
}

func compressed(path string) bool { return strings.HasSuffix(path, ".gz") }

func write(to io.Writer, zip bool, state run.State, records iter.Seq2[Record, error], unreadable func(error) bool) (End, error) {
	buffer := bufio.NewWriterSize(to, 1<<20)
	var out io.Writer = buffer
	finish := buffer.Flush
	if zip {
		z := gzip.NewWriter(buffer)
		out = z
		finish = func() error { return errors.Join(z.Close(), buffer.Flush()) }
	}
	end := End{State: state}
	for r, err := range records {
		if err != nil {
			if !unreadable(err) {
				return end, err
			}
			end.Unreadable++
			continue
		}
		line, err := r.line()
		if err != nil {
			return end, err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return end, err
		}
		end.Events++
	}
	line, err := end.line(time.Now())
	if err != nil {
		return end, fmt.Errorf("state of run %s: %w", state.Run, err)
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return end, err
	}
	return end, finish()
}
