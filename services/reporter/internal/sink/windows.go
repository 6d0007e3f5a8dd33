package sink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

// writeWindows writes windows.csv; a run without windows has none, and loses that
// of an earlier revision.
func writeWindows(path string, s event.Summary) error {
	if len(s.Windows) == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", path, err)
		}
		return nil
	}
	return replace(path, func(w io.Writer) error {
		return table(w, append([]string{"run_id"}, tables.WindowColumns()...), func(yield func([]string) bool) {
			for i := range s.Windows {
				if !yield(windowRow(s.RunID, &s.Windows[i])) {
					return
				}
			}
		})
	})
}

func windowRow(id event.RunID, w *event.Stretch) []string {
	row := []string{string(id)}
	for _, v := range tables.WindowValues(w) {
		row = append(row, figure(v))
	}
	return row
}

// figure is what stands in a cell: nothing for a figure that there is not.
func figure(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case *int64:
		return integer(v)
	case float64:
		return float(v)
	case *float64:
		return number(v)
	}
	panic(fmt.Sprintf("windows.csv has no text for %T", v))
}
