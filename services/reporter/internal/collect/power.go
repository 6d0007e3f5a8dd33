package collect

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// readings turns host-seconds into a series for each device.
func (c *collector) readings() {
	r := c.r
	r.Samples, r.Gauges = map[string][]attribution.Sample{}, map[string][]Gauges{}
	limits := map[string]int64{}
	// By time, and by the order of event ids within it.
	slices.SortStableFunc(c.power, func(a, b *event.PowerSampled) int {
		return cmp.Compare(r.Wall(a.Clock, a.Start), r.Wall(b.Clock, b.Start))
	})
	for _, p := range c.power {
		start := r.Wall(p.Clock, p.Start)
		for i := range p.Devices {
			d := &p.Devices[i]
			if c.others(d.Device, p.Clock.Host) {
				continue
			}
			series := slices.Grow(r.Samples[d.Device], len(d.TNS))
			for at, t := range d.TNS {
				series = append(series, attribution.Sample{
					TimeNS: start + t, PowerMW: value(d.PowerMW, at), EnergyMJ: value(d.EnergyMJ, at),
				})
			}
			r.Samples[d.Device] = series
			read := gauges(start, d)
			r.Gauges[d.Device] = append(r.Gauges[d.Device], read...)
			flags, limit := meant(read, limits[d.Device])
			limits[d.Device] = limit
			from, to := second(start, d)
			for _, flag := range slices.Concat(d.Flags, flags) {
				r.Spans = append(r.Spans, Span{d.Device, flag, from, to})
			}
		}
	}
	for _, series := range r.Gauges {
		slices.SortStableFunc(series, func(a, b Gauges) int { return cmp.Compare(a.TimeNS, b.TimeNS) })
	}
	for _, series := range r.Samples {
		slices.SortFunc(series, func(a, b attribution.Sample) int {
			return cmp.Or(cmp.Compare(a.TimeNS, b.TimeNS), cmp.Compare(a.PowerMW, b.PowerMW), cmp.Compare(a.EnergyMJ, b.EnergyMJ))
		})
	}
	r.Spans = joined(r.Spans)
}

// second is the time that the flags of a host-second are about. A device that gave
// nothing in it has flags too.
func second(start int64, d *event.DeviceSamples) (from, to int64) {
	from, to = start, start+int64(time.Second)
	if n := len(d.TNS); n > 0 {
		from, to = min(from, start+d.TNS[0]), max(to, start+d.TNS[n-1])
	}
	return from, to
}

func value(s event.Series, at int) int64 {
	if !s.Known(at) {
		return event.Missing
	}
	return s[at]
}

// spanGapNS joins the flags of neighbouring seconds.
const spanGapNS = int64(1e9)

// joined merges the spans of one device and flag that touch.
func joined(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int {
		return cmp.Or(strings.Compare(a.Device, b.Device), strings.Compare(a.Flag, b.Flag), cmp.Compare(a.FromNS, b.FromNS), cmp.Compare(a.ToNS, b.ToNS))
	})
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && out[n-1].Device == s.Device && out[n-1].Flag == s.Flag && s.FromNS <= out[n-1].ToNS+spanGapNS {
			out[n-1].ToNS = max(out[n-1].ToNS, s.ToNS)
			continue
		}
		out = append(out, s)
	}
	return out
}
