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
				if !yield(cells(string(s.RunID), tables.WindowValues(&s.Windows[i]))) {
					return
				}
			}
		})
	})
}
