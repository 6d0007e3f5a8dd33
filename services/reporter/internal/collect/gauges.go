package collect

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Gauges are what else was read of a device over a run; nil is not known.
type Gauges struct {
	UtilizationMeanPct, SMClockMeanMHz *float64
	TemperatureMaxC, MemoryMaxBytes    *int64
	// PowerLimitMW is the lowest that was in force.
	PowerLimitMW *int64
	// ForeignMax is the most processes at once that were not there when the run
	// began. ThrottledShare is the part of the readings with clocks held down by
	// heat or the supply, PowerCappedShare by the power limit.
	ForeignMax                       *int64
	ThrottledShare, PowerCappedShare *float64

	// The last readings.
	UtilizationPct, MemoryUsedBytes, TemperatureC, PowerMW *int64
}

// The driver's reasons for clocks below what was asked for (nvml.h,
// nvmlClocksEventReason…), by what they mean for a measurement. Idleness and the
// settings of the operator are none.
const (
	reasonPowerCap = 0x04
	// Hardware slowdown (heat or power brake), thermal slowdown by software and by
	// hardware, and the brake of the supply.
	reasonsThrottled = 0x08 | 0x20 | 0x40 | 0x80
)

// Flags that gauges mean.
const (
	flagThrottled    = "throttled"
	flagPowerCapped  = "power_capped"
	flagForeign      = "foreign_processes"
	flagLimitChanged = "power_limit_changed"
)

// gauge reduces a device's gauges.
type gauge struct {
	Gauges
	utilization, clock, throttled, capped mean
}

type mean struct{ sum, n int64 }

func (m *mean) add(v int64) { m.sum, m.n = m.sum+v, m.n+1 }

func (m mean) value() *float64 {
	if m.n == 0 {
		return nil
	}
	return new(float64(m.sum) / float64(m.n))
}

// read takes the readings of a second, and returns the flags that they mean;
// seconds come in order of time.
func (g *gauge) read(d *event.DeviceSamples) (flags []string) {
	raise := func(flag string, when bool) {
		if when {
			flags = append(flags, flag)
		}
	}
	for i := range d.TNS {
		if d.UtilizationPct.Known(i) {
			g.utilization.add(d.UtilizationPct[i])
		}
		if d.SMClockMHz.Known(i) {
			g.clock.add(d.SMClockMHz[i])
		}
		if d.ThrottleReasons.Known(i) {
			reasons := d.ThrottleReasons[i]
			g.throttled.add(truth(reasons&reasonsThrottled != 0))
			g.capped.add(truth(reasons&reasonPowerCap != 0))
			raise(flagThrottled, reasons&reasonsThrottled != 0)
			raise(flagPowerCapped, reasons&reasonPowerCap != 0)
		}
		if d.ForeignProcesses.Known(i) {
			raise(flagForeign, d.ForeignProcesses[i] > 0)
		}
		if d.PowerLimitMW.Known(i) {
			raise(flagLimitChanged, g.PowerLimitMW != nil && *g.PowerLimitMW != d.PowerLimitMW[i])
			lowest(&g.PowerLimitMW, d.PowerLimitMW[i])
		}
		highest(&g.ForeignMax, d.ForeignProcesses, i)
		highest(&g.TemperatureMaxC, d.TemperatureC, i)
		highest(&g.MemoryMaxBytes, d.MemoryUsedBytes, i)
		latest(&g.UtilizationPct, d.UtilizationPct, i)
		latest(&g.MemoryUsedBytes, d.MemoryUsedBytes, i)
		latest(&g.TemperatureC, d.TemperatureC, i)
		latest(&g.PowerMW, d.PowerMW, i)
	}
	return flags
}

func truth(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func latest(into **int64, s event.Series, i int) {
	if s.Known(i) {
		*into = &s[i]
	}
}

func highest(into **int64, s event.Series, i int) {
	if s.Known(i) && (*into == nil || s[i] > **into) {
		*into = &s[i]
	}
}

func lowest(into **int64, v int64) {
	if *into == nil || v < **into {
		*into = &v
	}
}

func (g *gauge) done() Gauges {
	g.UtilizationMeanPct, g.SMClockMeanMHz = g.utilization.value(), g.clock.value()
	g.ThrottledShare, g.PowerCappedShare = g.throttled.value(), g.capped.value()
	return g.Gauges
}
