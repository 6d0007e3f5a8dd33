package sink

import (
	"io"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

func writeRequests(path string, rows []event.ResultRequest) error {
	return replace(path, func(w io.Writer) error { return WriteRequests(w, rows) })
}

// WriteRequests writes requests.csv.
func WriteRequests(w io.Writer, rows []event.ResultRequest) error {
	return table(w, append([]string{"run_id"}, tables.ResultColumns()...), func(yield func([]string) bool) {
		for i := range rows {
			if !yield(cells(string(rows[i].RunID), tables.ResultValues(&rows[i]))) {
				return
			}
		}
	})
}
