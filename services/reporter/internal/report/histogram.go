package report

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// bins is how many bars a histogram has.
const bins = 40

// histogram draws the energy of ok requests that are no warm-up, by the primary
// method. What is beyond the 99.9th percentile is in the last bar.
func histogram(s event.Summary, rows []event.ResultRequest) *plot {
	if len(s.Methods) == 0 || s.Methods[0].PerRequestJ == nil {
		return nil
	}
	m := s.Methods[0]
	low, high := m.PerRequestJ.Min, m.PerRequestJ.P999
	if high <= low {
		low, high = low*0.9, low*1.1+1e-9
	}
	width := (high - low) / bins
	var counts [bins]int
	most := 0
	for i := range rows {
		row := &rows[i]
		if row.Method != m.Method || row.Status != event.StatusOK || row.Warmup || row.EnergyJ == nil {
			continue
		}
		k := min(max(int((*row.EnergyJ-low)/width), 0), bins-1)
		counts[k]++
		most = max(most, counts[k])
	}
	p := newPlot("Energy per request", 220, low, high, float64(most))
	p.XTitle, p.YTitle = "joules per request ("+m.Method+")", "requests"
	for k, n := range counts {
		if n > 0 {
			from := low + float64(k)*width
			p.bar(from, from+width, float64(n), class(1), fmt.Sprintf("%s to %s J: %d requests", figure(from), figure(from+width), n))
		}
	}
	for _, mark := range []struct {
		name string
		at   float64
	}{{"p50", m.PerRequestJ.P50}, {"p95", m.PerRequestJ.P95}} {
		x := p.xs.at(mark.at)
		p.Rects = append(p.Rects, rect{x - 0.75, p.Top, 1.5, p.Bottom - p.Top, "mark", mark.name + ": " + figure(mark.at) + " J"})
	}
	p.Keys = []key{{class(1), "requests"}, {"mark", "median and 95th percentile"}}
	return p
}

// windows draws what a token cost in each window.
func windows(s event.Summary) *plot {
	var at, joules []float64
	most := 0.0
	for _, w := range s.Windows {
		if w.JPerOutputToken == nil {
			continue
		}
		at = append(at, float64((w.FromNS+w.ToNS)/2-s.StartedNS)/1e9)
		joules = append(joules, *w.JPerOutputToken)
		most = max(most, *w.JPerOutputToken)
	}
	if len(at) < 2 {
		return nil
	}
	p := newPlot("Energy per output token in each window, by "+s.Windows[0].Method, 150, 0, s.DurationS, most)
	p.XTitle, p.YTitle = "seconds since the load began", "J per token"
	p.line(class(3), at, joules)
	return p
}
