package sink

import (
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// gaugeColumns are what else is read of a device, much more seldom than its power.
var gaugeColumns = []struct {
	name  string
	value func(collect.Gauges) int64
}{
	{"utilization_pct", func(g collect.Gauges) int64 { return g.UtilizationPct }},
	{"memory_used_bytes", func(g collect.Gauges) int64 { return g.MemoryUsedBytes }},
	{"sm_clock_mhz", func(g collect.Gauges) int64 { return g.SMClockMHz }},
	{"temperature_c", func(g collect.Gauges) int64 { return g.TemperatureC }},
	{"throttle_reasons", func(g collect.Gauges) int64 { return g.ThrottleReasons }},
	{"foreign_processes", func(g collect.Gauges) int64 { return g.ForeignProcesses }},
	{"power_limit_mw", func(g collect.Gauges) int64 { return g.PowerLimitMW }},
	{"memory_power_mw", func(g collect.Gauges) int64 { return g.MemoryPowerMW }},
}

// writePower writes every reading of every device, by device and time.
func writePower(path string, r *collect.Run) error {
	header := []string{"run_id", "device", "time_ns", "power_mw", "energy_mj"}
	for _, c := range gaugeColumns {
		header = append(header, c.name)
	}
	return replace(path, func(w io.Writer) error {
		return table(w, header, func(yield func([]string) bool) {
			for _, device := range slices.Sorted(maps.Keys(r.Samples)) {
				gauges := r.Gauges[device]
				for _, s := range r.Samples[device] {
					beside := make([]string, len(gaugeColumns))
					// Gauges are of a sample's time, be it one without power.
					if len(gauges) > 0 && gauges[0].TimeNS == s.TimeNS {
						for i, c := range gaugeColumns {
							beside[i] = reading(c.value(gauges[0]))
						}
						gauges = gauges[1:]
					}
					row := []string{string(r.ID), device, strconv.FormatInt(s.TimeNS, 10), reading(s.PowerMW), reading(s.EnergyMJ)}
					if !yield(append(row, beside...)) {
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
