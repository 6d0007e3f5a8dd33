package result

import (
	"fmt"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// intervals bound the run's figures by the primary method, and say what they are without.
func (c *computation) intervals(e *event.Energy) {
	out := &event.Intervals{}
	parts := []struct {
		name    string
		figure  *float64
		devices []measured
		result  attribution.Result
		bounds  **event.Interval
		advice  string
	}{
		{"gpu_wh", e.GPUWh, c.gpus, c.gpu, &out.GPUWh, ""},
		{"cpu_wh", e.CPUWh, c.cpus, c.cpu, &out.CPUWh, "; declare one as metrics.cpu_error_rel"},
		{"ram_wh", e.RAMWh, c.rams, c.ram, &out.RAMWh, "; declare one as metrics.ram_error_rel"},
	}
	var all event.Interval
	var unbounded []string
	for _, p := range parts {
		if p.figure == nil {
			continue
		}
		if models := unstated(p.devices, p.result, true); len(models) > 0 {
			unbounded = append(unbounded, p.name)
			out.Without = append(out.Without, p.name+": none, since a model states no error ("+strings.Join(models, ", ")+")"+p.advice)
			continue
		}
		if models := declaredModels(p.devices, p.result); len(models) > 0 {
			out.Without = append(out.Without, p.name+": without a known error of its model, by the one that the run declares ("+strings.Join(models, ", ")+")")
		}
		if sensors := unstated(p.devices, p.result, false); len(sensors) > 0 {
			out.Without = append(out.Without, p.name+": without the gain of sensors whose makers state no error ("+strings.Join(sensors, ", ")+")")
		}
		if silent := silent(p.devices, p.result); len(silent) > 0 {
			out.Without = append(out.Without, p.name+": without what gave no data ("+strings.Join(silent, ", ")+")")
		}
		l, _ := total(p.result, c.methods[0])
		*p.bounds = (&event.Interval{Low: l.MeasuredLowJ, High: l.MeasuredHighJ}).Times(1.0 / joulesPerWh)
		all.Low, all.High = all.Low+(*p.bounds).Low, all.High+(*p.bounds).High
	}
	if hosts := c.clocks.unknown(); len(hosts) > 0 && e.TotalWh != nil {
		out.Without = append(out.Without, "all: without the distance between clocks, which nobody measured ("+strings.Join(hosts, ", ")+")")
	}
	if e.TotalWh != nil && len(unbounded) == 0 {
		out.TotalWh = &all
	} else if e.TotalWh != nil {
		out.Without = append(out.Without, "total_wh and gco2e: none, for want of "+strings.Join(unbounded, " and "))
	}
	if out.GPUWh != nil {
		c.requestIntervals(e, out)
	}
	e.Intervals = out
	e.Coverage = coverage(c.gpu, c.window)
}

// requestIntervals bound the accelerators' account and what is quoted from it.
func (c *computation) requestIntervals(e *event.Energy, out *event.Intervals) {
	l, _ := total(c.gpu, c.methods[0])
	out.MeasuredJ = &event.Interval{Low: l.MeasuredLowJ, High: l.MeasuredHighJ}
	out.RequestsJ = &event.Interval{Low: l.RequestsLowJ, High: l.RequestsHighJ}
	of := func(figure *float64, bounds *event.Interval, sum float64) *event.Interval {
		if figure == nil || sum == 0 {
			return nil
		}
		return bounds.Times(*figure / sum)
	}
	bounds, sum := c.together(l, c.quoted)
	out.WhPer1000Requests = of(e.WhPer1000Requests, bounds, sum)
	bounds, sum = c.together(l, func(f *event.RequestFinished) bool { return c.quoted(f) && counted(f) })
	out.JPerOutputToken, out.JPerTotalToken = of(e.JPerOutputToken, bounds, sum), of(e.JPerTotalToken, bounds, sum)
}

// together bounds the sum of some attempts' energy, and gives the sum. Each lies in its
// own interval. Together they are off by no more than what they and the others, by the
// intervals of either, may have been charged for each other, and what all of them are off.
func (c *computation) together(l attribution.Ledger, in func(*event.RequestFinished) bool) (*event.Interval, float64) {
	type side struct{ sum, less, more float64 }
	var own, others side
	for _, f := range c.run.Finished {
		share := c.gpuShares[shareKey{f.RequestID, f.Attempt, l.Method}]
		if !share.Known {
			continue
		}
		s := &others
		if in(f) {
			s = &own
		}
		s.sum += share.EnergyJ
		s.less += share.EnergyJ - share.LowJ
		s.more += share.HighJ - share.EnergyJ
	}
	return &event.Interval{
		Low:  own.sum - min(own.less, l.RequestsJ-l.RequestsLowJ+min(own.less, others.more)),
		High: own.sum + min(own.more, l.RequestsHighJ-l.RequestsJ+min(own.more, others.less)),
	}, own.sum
}

// bounds of what a device drew; nil of a model that states no error.
func (d measured) bounds(l attribution.Ledger) *event.Interval {
	if d.unknown() {
		return nil
	}
	return &event.Interval{Low: l.MeasuredLowJ, High: l.MeasuredHighJ}
}

// unknown says whether a device is a model that states no error.
func (d measured) unknown() bool { return d.Provenance == event.Modelled && d.GainErrorRel == nil }

// unstated are the devices that gave data and whose error nobody states, of those that
// are modelled or of the others.
func unstated(devices []measured, r attribution.Result, modelled bool) (ids []string) {
	for _, d := range devices {
		if gave(r, d.ID) && d.GainErrorRel == nil && d.unknown() == modelled {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// declaredModels are the models that gave data and whose error the run declares.
func declaredModels(devices []measured, r attribution.Result) (ids []string) {
	for _, d := range devices {
		if gave(r, d.ID) && d.Provenance == event.Modelled && d.GainErrorRel != nil {
			ids = append(ids, fmt.Sprintf("%s ±%.3g %%", d.ID, 100**d.GainErrorRel))
		}
	}
	return ids
}

// silent are the devices without data.
func silent(devices []measured, r attribution.Result) (ids []string) {
	for _, d := range devices {
		if !gave(r, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	return ids
}

// gave says whether a device gave any data.
func gave(r attribution.Result, id string) bool {
	for _, d := range r.Devices {
		if d.Device == id {
			return wasRead(d)
		}
	}
	return false
}

func wasRead(d attribution.DeviceStats) bool { return d.HasCounter || d.HasPower }

// coverage is the share of the devices' time of which their energy is known; nil
// without devices or time.
func coverage(r attribution.Result, w window) *float64 {
	if len(r.Devices) == 0 || w.to <= w.from {
		return nil
	}
	var gapNS int64
	for _, d := range r.Devices {
		gapNS += d.GapNS
	}
	return new(1 - float64(gapNS)/float64(w.to-w.from)/float64(len(r.Devices)))
}
