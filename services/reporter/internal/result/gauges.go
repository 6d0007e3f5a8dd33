package result

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// gauges fills in what explains a device's power: means and shares over the readings of
// the load, extremes over all of the run's.
func (c *computation) gauges(out *event.DeviceResult) {
	var utilization, used, clock, memory mean
	var held []collect.Reasons
	for _, g := range c.run.Gauges[out.ID] {
		highest(&out.TemperatureMaxC, g.TemperatureC)
		highest(&out.MemoryMaxBytes, g.MemoryUsedBytes)
		highest(&out.ForeignProcessesMax, g.ForeignProcesses)
		if w := float64(g.PowerLimitMW) / 1e3; g.PowerLimitMW != event.Missing && (out.PowerLimitW == nil || w < *out.PowerLimitW) {
			out.PowerLimitW = &w
		}
		if t := c.clocks.common(out.Host, g.TimeNS); t < c.window.from || t > c.window.to {
			continue
		}
		utilization.add(g.UtilizationPct)
		used.add(g.MemoryUsedBytes)
		clock.add(g.SMClockMHz)
		memory.add(g.MemoryPowerMW)
		if g.ThrottleReasons != event.Missing {
			held = append(held, collect.Reasons(g.ThrottleReasons))
		}
	}
	out.UtilizationMeanPct, out.MemoryMeanBytes, out.SMClockMeanMHz = utilization.in(1), used.in(1), clock.in(1)
	out.MemoryPowerMeanW = memory.in(1e3)
	if len(held) > 0 {
		shares(out, held)
	}
}

// shares fills in how often clocks were held down, and by what.
func shares(out *event.DeviceResult, held []collect.Reasons) {
	var throttled, capped int
	by := map[string]int{}
	for _, reasons := range held {
		if reasons.Throttled() {
			throttled++
		}
		if reasons.PowerCapped() {
			capped++
		}
		for _, name := range reasons.Names() {
			by[name]++
		}
	}
	part := func(n int) float64 { return float64(n) / float64(len(held)) }
	out.ThrottledShare, out.PowerCappedShare = new(part(throttled)), new(part(capped))
	out.ThrottleReasons = make(map[string]float64, len(by))
	for name, n := range by {
		out.ThrottleReasons[name] = part(n)
	}
}

// mean is of readings, but for those that are missing.
type mean struct{ sum, n int64 }

func (m *mean) add(v int64) {
	if v != event.Missing {
		m.sum, m.n = m.sum+v, m.n+1
	}
}

// in is the mean in units of so many of the readings'.
func (m mean) in(unit float64) *float64 {
	if m.n == 0 {
		return nil
	}
	return new(float64(m.sum) / float64(m.n) / unit)
}

func highest(into **int64, v int64) {
	if v != event.Missing && (*into == nil || v > **into) {
		*into = &v
	}
}
