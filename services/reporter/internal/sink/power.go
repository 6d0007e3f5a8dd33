package sink

import (
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// writePower writes every reading of every device, by device and time.
func writePower(path string, r *collect.Run) error {
	return replace(path, func(w io.Writer) error {
		return table(w, []string{"run_id", "device", "time_ns", "power_mw", "energy_mj"}, func(yield func([]string) bool) {
			for _, device := range slices.Sorted(maps.Keys(r.Samples)) {
				for _, s := range r.Samples[device] {
					row := []string{string(r.ID), device, strconv.FormatInt(s.TimeNS, 10), reading(s.PowerMW), reading(s.EnergyMJ)}
					if !yield(row) {
						return
					}
				}
			}
		})
	})
}

func reading(v int64) string {
	if v == event.Missing {
		return ""
	}
	return strconv.FormatInt(v, 10)
}
