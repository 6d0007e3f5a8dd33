package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
)

//go:embed report.html.tmpl
var text string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"figure": figure, "optional": optional, "between": between, "count": count, "counted": counted, "percent": percent,
	"events": func(n uint64) string { return count(int64(n)) },
	"plain":  func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"scaled": func(v, by float64) string { return figure(v * by) },
	"utc":    func(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05 UTC") },
	"ms":     func(ns int64) string { return figure(float64(ns) / 1e6) },
	"whole": func(n *int64) string {
		if n == nil {
			return missing
		}
		return count(*n)
	},
	"gibibytes": func(n *int64) string {
		if n == nil {
			return missing
		}
		return figure(float64(*n) / (1 << 30))
	},
	"share": func(v *float64) string {
		if v == nil {
			return missing
		}
		return percent(*v)
	},
}).Parse(text))

// data is what the page is made from.
type data struct {
	event.Summary
	Account   []part
	Latencies []spread
	Costs     []spread
	Histogram *plot
	Course    []*plot
	PerToken  *plot
	Config    string
	// Accelerators are the devices that have gauges.
	Accelerators []event.DeviceResult
	// Notes are the machines' own. The summary's may speak of where this result was
	// written to, which is not of the run.
	Notes []string
}

// Write writes the page of a run's result.
func Write(w io.Writer, r *collect.Run, res result.Result) error {
	s := res.Summary
	var notes []string
	for _, host := range s.Hosts {
		notes = append(notes, r.Hosts[host].Notes...)
	}
	var accelerators []event.DeviceResult
	for _, d := range s.Devices {
		if d.Kind == event.KindGPU {
			accelerators = append(accelerators, d)
		}
	}
	return page.Execute(w, data{
		Summary: s, Notes: notes, Account: account(s), Latencies: latencies(s), Costs: costs(s),
		Histogram: histogram(s, res.Rows), Course: course(r, s, res.Rows), PerToken: windows(s),
		Config: pretty(r.Requested.Config), Accelerators: accelerators,
	})
}
