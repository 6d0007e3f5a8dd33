package tables

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

var powerColumns = []string{
	"run_id", "run_date", "host", "device", "t_ns", "power_mw", "energy_mj", "utilization_pct", "memory_used_bytes",
	"sm_clock_mhz", "temperature_c", "throttle_reasons", "foreign_processes", "power_limit_mw", "memory_power_mw",
}

func powerRows(e event.Event, p *event.PowerSampled) []Row {
	count := 0
	for _, d := range p.Devices {
		count += len(d.TNS)
	}
	rows := make([]Row, 0, count)
	for _, d := range p.Devices {
		for i, t := range d.TNS {
			rows = append(rows, Row{PowerSamples, []any{
				string(e.ID.Run), date(e.ID.Run), p.Host, d.Device, p.Start.WallNS + t,
				narrow[uint32](d.PowerMW, i), narrow[uint64](d.EnergyMJ, i), narrow[uint8](d.UtilizationPct, i),
				narrow[uint64](d.MemoryUsedBytes, i), narrow[uint32](d.SMClockMHz, i), narrow[int16](d.TemperatureC, i),
				narrow[uint64](d.ThrottleReasons, i), narrow[uint32](d.ForeignProcesses, i),
				narrow[uint32](d.PowerLimitMW, i), narrow[uint32](d.MemoryPowerMW, i),
			}})
		}
	}
	return rows
}

type integer interface {
	uint8 | uint32 | uint64 | int16
}

// narrow is the value at i in the column's type; nil when it is missing or is no
// value of that type, which no sensor gives.
func narrow[T integer](s event.Series, i int) *T {
	if !s.Known(i) {
		return nil
	}
	v := T(s[i])
	if int64(v) != s[i] || (v < 0) != (s[i] < 0) {
		return nil
	}
	return &v
}
