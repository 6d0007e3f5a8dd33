package tables

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// windowFields are what is said of a window: in windows.csv, and in run_windows after
// the run, its date and the revision. New ones come last, since a file is read by position
// too.
var windowFields = slices.Concat([]field[*event.Stretch]{
	{"from_ns", func(w *event.Stretch) any { return w.FromNS }},
	{"to_ns", func(w *event.Stretch) any { return w.ToNS }},
	{"duration_s", func(w *event.Stretch) any { return w.DurationS }},
	{"requests_ok", func(w *event.Stretch) any { return w.RequestsOK }},
	{"requests_other", func(w *event.Stretch) any { return w.RequestsOther }},
	{"requests_per_s", func(w *event.Stretch) any { return w.RequestsPerS }},
	{"input_tokens_per_s", func(w *event.Stretch) any { return w.InputTokensPerS }},
	{"output_tokens_per_s", func(w *event.Stretch) any { return w.OutputTokensPerS }},
	{"concurrency_mean", func(w *event.Stretch) any { return w.ConcurrencyMean }},
	{"concurrency_max", func(w *event.Stretch) any { return w.ConcurrencyMax }},
	{"measured_j", func(w *event.Stretch) any { return w.MeasuredJ }},
	{"requests_j", func(w *event.Stretch) any { return w.RequestsJ }},
	{"idle_j", func(w *event.Stretch) any { return w.IdleJ }},
	{"unattributed_j", func(w *event.Stretch) any { return w.UnattributedJ }},
	{"gap_j", func(w *event.Stretch) any { return w.GapJ }},
	{"mean_power_w", func(w *event.Stretch) any { return w.MeanPowerW }},
	{"j_per_request", func(w *event.Stretch) any { return w.JPerRequest }},
	{"wh_per_1000_requests", func(w *event.Stretch) any { return w.WhPer1000Requests }},
	{"j_per_output_token", func(w *event.Stretch) any { return w.JPerOutputToken }},
	{"good", func(w *event.Stretch) any { return w.Good }},
	{"good_per_s", func(w *event.Stretch) any { return w.GoodPerS }},
	{"good_per_j", func(w *event.Stretch) any { return w.GoodPerJ }},
	{"client_cpu_share", func(w *event.Stretch) any { return w.ClientCPUShare }},
}, latencyFields(), boundFields)

// latencyFields are the percentiles of each latency of a window.
func latencyFields() (out []field[*event.Stretch]) {
	for _, of := range []struct {
		name string
		pick func(*event.Latency) *event.Distribution
	}{
		{"ttft", func(l *event.Latency) *event.Distribution { return l.TTFTS }},
		{"itl", func(l *event.Latency) *event.Distribution { return l.ITLS }},
		{"tpot", func(l *event.Latency) *event.Distribution { return l.TPOTS }},
		{"e2e", func(l *event.Latency) *event.Distribution { return l.E2ES }},
		{"queue_lag", func(l *event.Latency) *event.Distribution { return l.QueueLagS }},
	} {
		for _, p := range []struct {
			name string
			pick func(*event.Distribution) float64
		}{
			{"p1", func(d *event.Distribution) float64 { return d.P1 }},
			{"p5", func(d *event.Distribution) float64 { return d.P5 }},
			{"p10", func(d *event.Distribution) float64 { return d.P10 }},
			{"p25", func(d *event.Distribution) float64 { return d.P25 }},
			{"p50", func(d *event.Distribution) float64 { return d.P50 }},
			{"p75", func(d *event.Distribution) float64 { return d.P75 }},
			{"p90", func(d *event.Distribution) float64 { return d.P90 }},
			{"p95", func(d *event.Distribution) float64 { return d.P95 }},
			{"p99", func(d *event.Distribution) float64 { return d.P99 }},
			{"p99_9", func(d *event.Distribution) float64 { return d.P999 }},
		} {
			out = append(out, field[*event.Stretch]{of.name + "_" + p.name + "_s", func(w *event.Stretch) any {
				d := of.pick(&w.Latency)
				if d == nil {
					return (*float64)(nil)
				}
				return new(p.pick(d))
			}})
		}
	}
	return out
}

// WindowColumns name what WindowValues gives.
func WindowColumns() []string { return names(windowFields) }

// WindowValues are what is said of a window: int64, float64, and pointers to them
// that are nil when there is no figure.
func WindowValues(w *event.Stretch) []any { return values(windowFields, w) }

var windowColumns = append([]string{"run_id", "run_date", "revision"}, WindowColumns()...)

func windowRow(s *event.Summary, w *event.Stretch) Row {
	return Row{RunWindows, append([]any{string(s.RunID), date(s.RunID), uint32(s.Revision)}, WindowValues(w)...)}
}
