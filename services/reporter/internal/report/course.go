package report

import (
	"math"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// columns is how many points the course of a run is drawn with.
const columns = 300

// around is how much of the idle time before and after the load is shown.
const around = 2.0

// course draws power and requests in flight over the same time: seconds since the
// load began.
func course(r *collect.Run, s event.Summary, rows []event.ResultRequest) []*plot {
	if s.DurationS <= 0 {
		return nil
	}
	from, to := -around, s.DurationS+around
	width := (to - from) / columns
	mid := make([]float64, columns)
	for i := range mid {
		mid[i] = from + (float64(i)+0.5)*width
	}
	since := func(ns int64) float64 { return float64(ns-s.StartedNS) / 1e9 }

	var out []*plot
	if power := powerOf(r, s, since, from, width); len(power) > 0 {
		p := newPlot("Power of the accelerators over time", 240, from, to, highest(power))
		p.YTitle, p.XTitle = "W", "seconds since the load began"
		shade(p, r, s, since)
		for i, line := range power {
			p.line(class(i%6+1), mid, line.watts)
			p.Keys = append(p.Keys, key{class(i%6 + 1), line.name})
		}
		out = append(out, p)
	}
	flight := inFlight(rows, since, from, width)
	p := newPlot("Requests in flight over time", 150, from, to, slices.Max(flight))
	p.YTitle, p.XTitle = "in flight", "seconds since the load began"
	shade(p, r, s, since)
	p.line(class(2), mid, flight)
	return append(out, p)
}

// shade marks the steady stretch and what was not measured.
func shade(p *plot, r *collect.Run, s event.Summary, since func(int64) float64) {
	if s.Steady != nil && s.Steady.Account != nil {
		p.band(since(s.Steady.Account.FromNS), since(s.Steady.Account.ToNS), "steady", "steady state")
		p.Keys = append(p.Keys, key{"steady", "steady state"})
	}
	for i, gap := range r.Gaps {
		p.band(since(gap.FromNS), since(gap.ToNS), "hole", "no samples: "+gap.Reason)
		if i == 0 {
			p.Keys = append(p.Keys, key{"hole", "no samples"})
		}
	}
}

type powerLine struct {
	name  string
	watts []float64
}

func highest(lines []powerLine) (most float64) {
	for _, l := range lines {
		for _, v := range l.watts {
			if v > most { // NaN is not
				most = v
			}
		}
	}
	return most
}

// maxLines is how many devices have a line each; more are one line of all.
const maxLines = 6

// powerOf is the mean power of each accelerator in each column.
func powerOf(r *collect.Run, s event.Summary, since func(int64) float64, from, width float64) []powerLine {
	var out []powerLine
	for _, d := range s.Devices {
		if d.Kind != event.KindGPU {
			continue
		}
		if watts, ok := means(r.Samples[d.ID], since, from, width); ok {
			out = append(out, powerLine{d.ID, watts})
		}
	}
	if len(out) <= maxLines {
		return out
	}
	all := powerLine{"all accelerators", make([]float64, columns)}
	for _, l := range out {
		for i, v := range l.watts {
			all.watts[i] += v
		}
	}
	return []powerLine{all}
}

// means are a device's mean power in each column: of its power readings, or of its
// counter's rise where it has none. A column without readings is no number, unless
// readings are further apart than columns.
func means(samples []attribution.Sample, since func(int64) float64, from, width float64) ([]float64, bool) {
	sum, n := make([]float64, columns), make([]float64, columns)
	put := func(at, watts float64) {
		if i := int(math.Floor((at - from) / width)); i >= 0 && i < columns {
			sum[i] += watts
			n[i]++
		}
	}
	hasPower := slices.ContainsFunc(samples, func(s attribution.Sample) bool { return s.PowerMW != event.Missing })
	last, known := attribution.Sample{EnergyMJ: event.Missing}, false
	for _, s := range samples {
		switch {
		case hasPower && s.PowerMW != event.Missing:
			put(since(s.TimeNS), float64(s.PowerMW)/1e3)
			known = true
		case !hasPower && s.EnergyMJ != event.Missing:
			if last.EnergyMJ != event.Missing && s.TimeNS > last.TimeNS && s.EnergyMJ >= last.EnergyMJ {
				put(since((s.TimeNS+last.TimeNS)/2), float64(s.EnergyMJ-last.EnergyMJ)*1e6/float64(s.TimeNS-last.TimeNS))
				known = true
			}
			last = s
		}
	}
	out := make([]float64, columns)
	for i := range out {
		out[i] = math.NaN()
		if n[i] > 0 {
			out[i] = sum[i] / n[i]
		}
	}
	return bridged(out, width), known
}

// bridged fills holes of up to a second between two known columns, so that a sensor
// slower than the drawing is a line and a gap is a gap.
func bridged(v []float64, width float64) []float64 {
	longest := int(1/width) + 1
	last := -1
	for i := range v {
		if math.IsNaN(v[i]) {
			continue
		}
		if hole := i - last - 1; last >= 0 && hole > 0 && hole <= longest {
			for k := last + 1; k < i; k++ {
				v[k] = v[last] + (v[i]-v[last])*float64(k-last)/float64(i-last)
			}
		}
		last = i
	}
	return v
}

// inFlight is the mean number of attempts in flight in each column.
func inFlight(rows []event.ResultRequest, since func(int64) float64, from, width float64) []float64 {
	out := make([]float64, columns)
	var seen string
	attempt := 0
	for i := range rows {
		row := &rows[i]
		if row.RequestID == seen && row.Attempt == attempt {
			continue // the same attempt by another method
		}
		seen, attempt = row.RequestID, row.Attempt
		a, b := (since(row.SentNS)-from)/width, (since(row.EndNS)-from)/width
		for k := max(0, int(a)); k < columns && float64(k) < b; k++ {
			out[k] += max(0, min(b, float64(k+1))-max(a, float64(k)))
		}
	}
	return out
}
