package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Busy is processor time since boot in the kernel's ticks, summed over all
// processors. The difference of two tells the load between them.
type Busy struct{ busy, total uint64 }

var errStat = errors.New("read stat: no line of processor times")

// ReadBusy reads proc/stat under root.
func ReadBusy(root string) (Busy, error) {
	raw, err := os.ReadFile(filepath.Join(root, "proc/stat"))
	if err != nil {
		return Busy{}, fmt.Errorf("read stat: %w", err)
	}
	return parseBusy(string(raw))
}

// parseBusy reads the first line: user nice system idle iowait irq softirq
// steal guest guest_nice. Guest time is inside user time already.
func parseBusy(stat string) (Busy, error) {
	line, _, _ := strings.Cut(stat, "\n")
	rest, ok := strings.CutPrefix(line, "cpu ")
	if !ok {
		return Busy{}, errStat
	}
	fields := strings.Fields(rest)
	if len(fields) < 4 {
		return Busy{}, errStat
	}
	var b Busy
	for i, field := range fields {
		if i == 8 {
			break
		}
		v, err := strconv.ParseUint(field, 10, 64)
		if err != nil || v > 1<<56 {
			return Busy{}, fmt.Errorf("%w: %q", errStat, field)
		}
		b.total += v
		if i != 3 && i != 4 {
			b.busy += v
		}
	}
	return b, nil
}

// LoadSince is the share of processor time that was used between before and b,
// from 0 to 1, and false when no time has passed.
func (b Busy) LoadSince(before Busy) (float64, bool) {
	if b.total <= before.total || b.busy < before.busy {
		return 0, false
	}
	return min(1, float64(b.busy-before.busy)/float64(b.total-before.total)), true
}
