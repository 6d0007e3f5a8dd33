package clickhouse

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// tailBytes of the engine's output are kept for error messages.
const tailBytes = 4096

// tail logs the engine's lines and remembers the last of them.
type tail struct {
	log  *slog.Logger
	mu   sync.Mutex
	kept []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for line := range bytes.Lines(p) {
		if text := strings.TrimSpace(string(line)); text != "" {
			t.log.Debug("clickhouse", "line", text)
		}
	}
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - tailBytes; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

// String is the end of the output on one line.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.kept) == 0 {
		return "no output"
	}
	return lastLines(string(t.kept), 4)
}
