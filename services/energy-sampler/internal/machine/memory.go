package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	memTotal     = "MemTotal"
	memAvailable = "MemAvailable"
)

var errMeminfo = errors.New("read meminfo: no such line in kB")

// MemoryUsed is the memory in bytes that nobody could have without taking it from
// somebody: MemTotal − MemAvailable of proc/meminfo under root, as free(1) counts it.
// Within some containers more is said to be available than there is; that is an error.
func MemoryUsed(root string) (int64, error) {
	raw, err := os.ReadFile(filepath.Join(root, "proc/meminfo"))
	if err != nil {
		return 0, fmt.Errorf("read meminfo: %w", err)
	}
	total, err := parseMemory(raw, memTotal)
	if err != nil {
		return 0, err
	}
	available, err := parseMemory(raw, memAvailable)
	if err != nil {
		return 0, err
	}
	if available > total {
		return 0, fmt.Errorf("read meminfo: %d bytes of %d are available", available, total)
	}
	return total - available, nil
}

// parseMemory reads the first line of that key, in kibibytes, and returns bytes.
func parseMemory(raw []byte, key string) (int64, error) {
	for line := range strings.Lines(string(raw)) {
		rest, ok := strings.CutPrefix(line, key+":")
		if !ok {
			continue
		}
		fields := strings.Fields(rest)
		if len(fields) != 2 || fields[1] != "kB" {
			break
		}
		kib, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil || kib < 0 || kib > 1<<50 {
			break
		}
		return kib * 1024, nil
	}
	return 0, fmt.Errorf("%w: %s", errMeminfo, key)
}
