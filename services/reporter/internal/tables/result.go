package tables

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// resultFields are what is said of an attempt under a method: in requests.csv, and in
// request_energy after the run, its date and the revision. New ones come last, since a
// file is read by position too.
var resultFields = []field[*event.ResultRequest]{
	{"request_id", func(r *event.ResultRequest) any { return r.RequestID }},
	{"attempt", func(r *event.ResultRequest) any { return uint16(r.Attempt) }},
	{"method", func(r *event.ResultRequest) any { return r.Method }},
	{"status", func(r *event.ResultRequest) any { return string(r.Status) }},
	{"error_class", func(r *event.ResultRequest) any { return r.ErrorClass }},
	{"warmup", func(r *event.ResultRequest) any { return r.Warmup }},
	{"endpoint", func(r *event.ResultRequest) any { return r.Endpoint }},
	{"replica", func(r *event.ResultRequest) any { return r.Replica }},
	{"scheduled_ns", func(r *event.ResultRequest) any { return r.ScheduledNS }},
	{"sent_ns", func(r *event.ResultRequest) any { return r.SentNS }},
	{"first_byte_ns", func(r *event.ResultRequest) any { return r.FirstByteNS }},
	{"first_token_ns", func(r *event.ResultRequest) any { return r.FirstTokenNS }},
	{"last_token_ns", func(r *event.ResultRequest) any { return r.LastTokenNS }},
	{"ttft_s", func(r *event.ResultRequest) any { return r.TTFTS }},
	{"itl_mean_s", func(r *event.ResultRequest) any { return r.ITLMeanS }},
	{"tpot_s", func(r *event.ResultRequest) any { return r.TPOTS }},
	{"e2e_s", func(r *event.ResultRequest) any { return r.E2ES }},
	{"input_tokens", func(r *event.ResultRequest) any { return r.InputTokens }},
	{"output_tokens", func(r *event.ResultRequest) any { return r.OutputTokens }},
	{"reasoning_tokens", func(r *event.ResultRequest) any { return r.ReasoningTokens }},
	{"cached_tokens", func(r *event.ResultRequest) any { return r.CachedTokens }},
	{"energy_j", func(r *event.ResultRequest) any { return r.EnergyJ }},
	{"energy_low_j", func(r *event.ResultRequest) any { return r.EnergyLowJ }},
	{"energy_high_j", func(r *event.ResultRequest) any { return r.EnergyHighJ }},
	{"dynamic_j", func(r *event.ResultRequest) any { return r.DynamicJ }},
	{"idle_j", func(r *event.ResultRequest) any { return r.IdleJ }},
	{"queue_j", func(r *event.ResultRequest) any { return r.QueueJ }},
	{"prefill_j", func(r *event.ResultRequest) any { return r.PrefillJ }},
	{"decode_j", func(r *event.ResultRequest) any { return r.DecodeJ }},
	{"cpu_j", func(r *event.ResultRequest) any { return r.CPUJ }},
	{"ram_j", func(r *event.ResultRequest) any { return r.RAMJ }},
	{"j_per_output_token", func(r *event.ResultRequest) any { return r.JPerOutputToken }},
	{"emissions_gco2e", func(r *event.ResultRequest) any { return r.EmissionsGCO2e }},
	{"coverage", func(r *event.ResultRequest) any { return r.Coverage }},
	{"provenance", func(r *event.ResultRequest) any { return string(r.Provenance) }},
	{"flags", func(r *event.ResultRequest) any { return r.Flags }},
	{"end_ns", func(r *event.ResultRequest) any { return r.EndNS }},
	{"first_output_ns", func(r *event.ResultRequest) any { return r.FirstOutputNS }},
	{"queue_lag_s", func(r *event.ResultRequest) any { return r.QueueLagS }},
	{"emissions_provenance", func(r *event.ResultRequest) any { return string(r.EmissionsProvenance) }},
}

// ResultColumns name what ResultValues gives.
func ResultColumns() []string { return names(resultFields) }

// ResultValues are what is said of an attempt under a method: strings, a list of them,
// bool, uint16, int64, float64, and pointers to these two that are nil when there is no
// figure.
func ResultValues(r *event.ResultRequest) []any { return values(resultFields, r) }

var resultColumns = append([]string{"run_id", "run_date", "revision"}, ResultColumns()...)

// ResultRow is a row of request_energy.
func ResultRow(r *event.ResultRequest) Row {
	return Row{RequestEnergy, append([]any{string(r.RunID), date(r.RunID), uint32(r.Revision)}, ResultValues(r)...)}
}

var summaryColumns = slices.Concat([]string{
	"run_id", "run_date", "revision", "name", "status", "verdict", "reasons", "model", "concurrency", "simulated",
	"started_ns", "ended_ns", "duration_s", "requests_total", "requests_ok", "requests_failed", "requests_cancelled",
	"input_tokens", "output_tokens", "ttft_p50_s", "ttft_p99_s", "e2e_p50_s", "e2e_p99_s", "output_tokens_per_s",
	"method", "measured_j", "requests_j", "idle_j", "unattributed_j", "gap_j", "residual_rel", "gpu_wh", "cpu_wh",
	"ram_wh", "total_wh", "wh_per_1000_requests", "j_per_output_token", "gco2e", "intensity_g_per_kwh", "complete",
	"events_expected", "events_seen", "summary",
}, figureColumns, intervalColumns, names(steadyFields))

// summaryRow is the row of run_summary.
func summaryRow(s *event.Summary) Row {
	// A Summary holds nothing that JSON cannot write.
	text, _ := json.Marshal(s)
	at := func(d *event.Distribution, pick func(*event.Distribution) float64) *float64 {
		if d == nil {
			return nil
		}
		v := pick(d)
		return &v
	}
	p50 := func(d *event.Distribution) float64 { return d.P50 }
	p99 := func(d *event.Distribution) float64 { return d.P99 }
	return Row{RunSummary, slices.Concat([]any{
		string(s.RunID), date(s.RunID), uint32(s.Revision), s.Name, s.Status, s.Verdict.Result, s.Verdict.Reasons, s.Model,
		s.Concurrency, s.Simulated,
		s.StartedNS, s.EndedNS, s.DurationS, s.Requests.Total, s.Requests.OK, s.Requests.Failed, s.Requests.Cancelled,
		s.Tokens.Input, s.Tokens.Output, at(s.Latency.TTFTS, p50), at(s.Latency.TTFTS, p99), at(s.Latency.E2ES, p50),
		at(s.Latency.E2ES, p99), s.Throughput.OutputTokensPerS,
		s.Energy.Method, s.Energy.MeasuredJ, s.Energy.RequestsJ, s.Energy.IdleJ, s.Energy.UnattributedJ, s.Energy.GapJ,
		s.Energy.ResidualRel, s.Energy.GPUWh, s.Energy.CPUWh,
		s.Energy.RAMWh, s.Energy.TotalWh, s.Energy.WhPer1000Requests, s.Energy.JPerOutputToken, s.Emissions.GCO2e,
		s.Emissions.IntensityGPerKWh, s.Completeness.Complete,
		s.Completeness.Expected, s.Completeness.Seen, string(text),
	}, figures(s), intervals(s), steady(s))}
}

var deadColumns = []string{"stream", "seq", "run_id", "subject", "reason", "attempts", "data", "at_ns"}

// DeadRow is a row of events_dead.
func DeadRow(run event.RunID, stream string, seq uint64, subject, reason string, attempts int, data []byte, at time.Time) Row {
	return Row{EventsDead, []any{stream, seq, string(run), subject, reason, uint32(attempts), string(data), at.UnixNano()}}
}
