package collect

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Gauges are what else was read of a device at a moment, in the wall time of its host.
// [event.Missing] is not known; at least one is.
type Gauges struct {
	TimeNS                                                         int64
	UtilizationPct, MemoryUsedBytes, SMClockMHz, TemperatureC      int64
	ThrottleReasons, ForeignProcesses, PowerLimitMW, MemoryPowerMW int64
}

// Flags that gauges mean.
const (
	flagThrottled    = "throttled"
	flagPowerCapped  = "power_capped"
	flagForeign      = "foreign_processes"
	flagLimitChanged = "power_limit_changed"
)

// gauges are those of a device's second that begins at start.
func gauges(start int64, d *event.DeviceSamples) (out []Gauges) {
	for i, t := range d.TNS {
		g := Gauges{
			UtilizationPct: value(d.UtilizationPct, i), MemoryUsedBytes: value(d.MemoryUsedBytes, i),
			SMClockMHz: value(d.SMClockMHz, i), TemperatureC: value(d.TemperatureC, i),
			ThrottleReasons: value(d.ThrottleReasons, i), ForeignProcesses: value(d.ForeignProcesses, i),
			PowerLimitMW: value(d.PowerLimitMW, i), MemoryPowerMW: value(d.MemoryPowerMW, i),
		}
		if g == unread {
			continue
		}
		g.TimeNS = start + t
		out = append(out, g)
	}
	return out
}

var unread = Gauges{
	UtilizationPct: event.Missing, MemoryUsedBytes: event.Missing, SMClockMHz: event.Missing, TemperatureC: event.Missing,
	ThrottleReasons: event.Missing, ForeignProcesses: event.Missing, PowerLimitMW: event.Missing, MemoryPowerMW: event.Missing,
}

// meant are the flags that gauges mean after those with this lowest power limit, 0 for
// none yet, and the lowest limit with them.
func meant(gauges []Gauges, limitMW int64) (flags []string, lowestMW int64) {
	raise := func(flag string, when bool) {
		if when {
			flags = append(flags, flag)
		}
	}
	for _, g := range gauges {
		if g.ThrottleReasons != event.Missing {
			raise(flagThrottled, Reasons(g.ThrottleReasons).Throttled())
			raise(flagPowerCapped, Reasons(g.ThrottleReasons).PowerCapped())
		}
		raise(flagForeign, g.ForeignProcesses > 0)
		if g.PowerLimitMW != event.Missing {
			raise(flagLimitChanged, limitMW != 0 && limitMW != g.PowerLimitMW)
			if limitMW == 0 || g.PowerLimitMW < limitMW {
				limitMW = g.PowerLimitMW
			}
		}
	}
	return flags, limitMW
}
