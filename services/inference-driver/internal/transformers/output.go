package transformers

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

const (
	// keptLines is how much of the end of the output an error tells: a Python
	// traceback's last calls.
	keptLines = 20
	// lineBytes bounds a line, such as one of a progress bar that has no end.
	lineBytes = 4096
)

// output logs what the server says, line by line, and keeps the end of it.
type output struct {
	log *slog.Logger

	mu      sync.Mutex
	partial []byte
	kept    []string
}

// Write implements io.Writer. Progress bars end their lines with a carriage return.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.partial = append(o.partial, p...)
	for {
		i := bytes.IndexAny(o.partial, "\r\n")
		if i < 0 && len(o.partial) < lineBytes {
			return len(p), nil
		}
		if i < 0 {
			i = lineBytes - 1
		}
		o.line(string(o.partial[:i]))
		o.partial = append(o.partial[:0], o.partial[i+1:]...)
	}
}

func (o *output) line(text string) {
	if text = strings.TrimRight(text, " "); text == "" {
		return
	}
	o.log.Info("transformers", "line", text)
	if len(o.kept) == keptLines {
		o.kept = append(o.kept[:0], o.kept[1:]...)
	}
	o.kept = append(o.kept, text)
}

// String is the end of the output.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := o.kept
	if rest := strings.TrimSpace(string(o.partial)); rest != "" {
		lines = append(slices.Clip(lines), rest)
	}
	if len(lines) == 0 {
		return "it said nothing"
	}
	return "the last that it said:\n" + strings.Join(lines, "\n")
}
