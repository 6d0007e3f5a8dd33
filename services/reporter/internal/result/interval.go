package result

import (
	"fmt"
	"slices"
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
			out.Without = append(out.Without, p.name+": "+noneOf(models)+p.advice)
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
	ok := c.sides(l.Method, c.quoted)
	out.WhPer1000Requests = of(e.WhPer1000Requests, ok.whole(l), ok.own.sum)
	told := c.sides(l.Method, func(f *event.RequestFinished) bool { return c.quoted(f) && counted(f) })
	out.JPerOutputToken = of(e.JPerOutputToken, told.whole(l), told.own.sum)
	out.JPerTotalToken = of(e.JPerTotalToken, told.whole(l), told.own.sum)
}

// stretchIntervals bound the figures of a stretch as the run's are, by its own ends. What
// is set against energy is taken as exact.
func (c *computation) stretchIntervals(s event.Stretch, tokens float64, r attribution.Result, answers sides) *event.Intervals {
	if models := unstated(c.gpus, c.gpu, true); len(models) > 0 {
		return &event.Intervals{Without: []string{noneOf(models)}}
	}
	l, _ := total(r, s.Method)
	unseen := c.unseen(r, s.Method)
	l.MeasuredHighJ += unseen
	l.RequestsHighJ += unseen
	measured, answered := &event.Interval{Low: l.MeasuredLowJ, High: l.MeasuredHighJ}, answers.over(l)
	per := func(figure *float64, bounds *event.Interval, factor float64) *event.Interval {
		if figure == nil {
			return nil
		}
		return bounds.Times(factor)
	}
	perRequest := 1 / float64(s.RequestsOK)
	return &event.Intervals{
		MeasuredJ: measured, RequestsJ: &event.Interval{Low: l.RequestsLowJ, High: l.RequestsHighJ},
		MeanPowerW:        per(s.MeanPowerW, measured, 1/s.DurationS),
		JPerRequest:       per(s.JPerRequest, answered, perRequest),
		WhPer1000Requests: per(s.WhPer1000Requests, answered, perRequest/joulesPerWh*1000),
		JPerOutputToken:   per(s.JPerOutputToken, answered, 1/tokens),
	}
}

// unseen is the most that accelerators drew in a stretch in which they gave no reading,
// although they did in the run: what they drew at most, all along. Those that gave some
// are bounded in the stretch's own account.
func (c *computation) unseen(r attribution.Result, method string) (joules float64) {
	for _, l := range r.Ledgers {
		if l.Device == "" || l.Method != method || l.MeasuredHighJ > 0 {
			continue
		}
		i := slices.IndexFunc(r.Devices, func(d attribution.DeviceStats) bool { return d.Device == l.Device })
		run := c.gpu.Devices[i]
		joules += max(run.MaxPowerW, run.MeanPowerW) * float64(r.Devices[i].GapNS) / 1e9
	}
	return joules
}

// sides are some of the run's attempts and the others.
func (c *computation) sides(method string, own func(*event.RequestFinished) bool) (s sides) {
	for _, f := range c.run.Finished {
		share := c.gpuShares[shareKey{f.RequestID, f.Attempt, method}]
		s.add(own(f), &share)
	}
	return s
}

// noneOf says why there is no interval.
func noneOf(models []string) string {
	return "none, since a model states no error (" + strings.Join(models, ", ") + ")"
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
