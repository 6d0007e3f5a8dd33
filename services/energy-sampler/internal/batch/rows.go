package batch

import (
	"cmp"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// deviceRows are one device's readings in the open batch, and its silence, which
// may last over many.
type deviceRows struct {
	id     string
	flags  device.Flags
	power  []powerRow
	gauges []device.Gauges

	lastNS int64
	silent *silence
	closed []silence
}

type powerRow struct{ atNS, powerMW, energyMJ int64 }

// silence is the time in which a device gave nothing.
type silence struct {
	fromNS, toNS int64
	reason       string
}

// reset keeps the memory of the last second for the next.
func (d *deviceRows) reset() {
	d.flags, d.power, d.gauges = 0, d.power[:0], d.gauges[:0]
}

func (d *deviceRows) addPower(r device.Reading) {
	d.endGap(r.AtNS)
	d.lastNS = max(d.lastNS, r.AtNS)
	d.power = append(d.power, powerRow{r.AtNS, r.PowerMW, r.EnergyMJ})
}

func (d *deviceRows) addGauges(g device.Gauges) { d.gauges = append(d.gauges, g) }

// fail begins a silence at the last good reading, or now when there was none. The
// first reason stays: what follows is its consequence.
func (d *deviceRows) fail(r device.Reading) {
	if d.silent == nil {
		from := d.lastNS
		if from == 0 {
			from = r.AtNS
		}
		d.silent = &silence{fromNS: from, reason: r.Reason}
	}
}

func (d *deviceRows) endGap(nowNS int64) {
	if d.silent == nil {
		return
	}
	d.silent.toNS = max(nowNS, d.silent.fromNS)
	d.closed = append(d.closed, *d.silent)
	d.silent = nil
}

// appendTo writes the device's entries: its power rows, then its gauges.
func (d *deviceRows) appendTo(out []event.DeviceSamples, startNS int64, batch device.Flags) []event.DeviceSamples {
	flags := (d.flags | batch).Names()
	if len(d.power) > 0 || len(d.gauges) == 0 && d.flags != 0 {
		out = append(out, d.powerColumns(startNS, flags))
	}
	if len(d.gauges) > 0 {
		out = append(out, d.gaugeColumns(startNS, flags))
	}
	return out
}

func (d *deviceRows) powerColumns(startNS int64, flags []string) event.DeviceSamples {
	byTime := func(a, b powerRow) int { return cmp.Compare(a.atNS, b.atNS) }
	if !slices.IsSortedFunc(d.power, byTime) {
		slices.SortStableFunc(d.power, byTime)
	}
	s := event.DeviceSamples{Device: d.id, TNS: make([]int64, len(d.power)), Flags: flags}
	for i, r := range d.power {
		s.TNS[i] = r.atNS - startNS
	}
	s.PowerMW = column(d.power, func(r powerRow) int64 { return r.powerMW })
	s.EnergyMJ = column(d.power, func(r powerRow) int64 { return r.energyMJ })
	return s
}

func (d *deviceRows) gaugeColumns(startNS int64, flags []string) event.DeviceSamples {
	s := event.DeviceSamples{Device: d.id, TNS: make([]int64, len(d.gauges)), Flags: flags}
	for i, g := range d.gauges {
		s.TNS[i] = g.AtNS - startNS
	}
	s.UtilizationPct = column(d.gauges, func(g device.Gauges) int64 { return g.UtilizationPct })
	s.MemoryUsedBytes = column(d.gauges, func(g device.Gauges) int64 { return g.MemoryUsedBytes })
	s.SMClockMHz = column(d.gauges, func(g device.Gauges) int64 { return g.SMClockMHz })
	s.TemperatureC = column(d.gauges, func(g device.Gauges) int64 { return g.TemperatureC })
	s.ThrottleReasons = column(d.gauges, func(g device.Gauges) int64 { return g.ThrottleReasons })
	s.ForeignProcesses = column(d.gauges, func(g device.Gauges) int64 { return g.ForeignProcesses })
	s.PowerLimitMW = column(d.gauges, func(g device.Gauges) int64 { return g.PowerLimitMW })
	s.MemoryPowerMW = column(d.gauges, func(g device.Gauges) int64 { return g.MemoryPowerMW })
	return s
}

// column is one quantity over the rows, or nil when it was never read.
func column[R any](rows []R, value func(R) int64) event.Series {
	if !slices.ContainsFunc(rows, func(r R) bool { return value(r) != event.Missing }) {
		return nil
	}
	out := make(event.Series, len(rows))
	for i, r := range rows {
		out[i] = value(r)
	}
	return out
}
