package sink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

// writeWindows writes windows.csv.
func writeWindows(path string, s *event.Summary) error {
	return writeParts(path, s.RunID, tables.WindowColumns(), len(s.Windows), func(i int) []any { return tables.WindowValues(&s.Windows[i]) })
}

// writeStretches writes stretches.csv.
func writeStretches(path string, s *event.Summary) error {
	all := tables.Stretches(s)
	return writeParts(path, s.RunID, tables.StretchColumns(), len(all), func(i int) []any { return tables.StretchValues(all[i]) })
}

// writeParts writes a row for each part of a run; one without parts has no file, and
// loses that of an earlier revision.
func writeParts(path string, run event.RunID, columns []string, parts int, part func(int) []any) error {
	if parts == 0 {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s: %w", path, err)
		}
		return nil
	}
	return replace(path, func(w io.Writer) error {
		return table(w, append([]string{"run_id"}, columns...), func(yield func([]string) bool) {
			for i := range parts {
				if !yield(cells(string(run), part(i))) {
					return
				}
			}
		})
	})
}
