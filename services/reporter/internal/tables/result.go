package tables

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

var resultColumns = []string{
	"run_id", "run_date", "revision", "request_id", "attempt", "method", "status", "error_class", "warmup", "endpoint",
	"replica", "scheduled_ns", "sent_ns", "first_byte_ns", "first_token_ns", "last_token_ns", "end_ns", "ttft_s",
	"itl_mean_s", "tpot_s", "e2e_s", "input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens", "energy_j",
	"energy_low_j", "energy_high_j", "dynamic_j", "idle_j", "queue_j", "prefill_j", "decode_j", "cpu_j", "ram_j",
	"j_per_output_token", "emissions_gco2e", "coverage", "provenance", "flags",
}

// ResultRow is a row of request_energy.
func ResultRow(r *event.ResultRequest) Row {
	return Row{RequestEnergy, []any{
		string(r.RunID), date(r.RunID), uint32(r.Revision), r.RequestID, uint16(r.Attempt), r.Method, string(r.Status),
		r.ErrorClass, r.Warmup, r.Endpoint,
		r.Replica, r.ScheduledNS, r.SentNS, r.FirstByteNS, r.FirstTokenNS, r.LastTokenNS, r.EndNS, r.TTFTS,
		r.ITLMeanS, r.TPOTS, r.E2ES, r.InputTokens, r.OutputTokens, r.ReasoningTokens, r.CachedTokens, r.EnergyJ,
		r.EnergyLowJ, r.EnergyHighJ, r.DynamicJ, r.IdleJ, r.QueueJ, r.PrefillJ, r.DecodeJ, r.CPUJ, r.RAMJ,
		r.JPerOutputToken, r.EmissionsGCO2e, r.Coverage, string(r.Provenance), r.Flags,
	}}
}

var summaryColumns = slices.Concat([]string{
	"run_id", "run_date", "revision", "name", "status", "verdict", "reasons", "model", "concurrency", "simulated",
	"started_ns", "ended_ns", "duration_s", "requests_total", "requests_ok", "requests_failed", "requests_cancelled",
	"input_tokens", "output_tokens", "ttft_p50_s", "ttft_p99_s", "e2e_p50_s", "e2e_p99_s", "output_tokens_per_s",
	"method", "measured_j", "requests_j", "idle_j", "unattributed_j", "gap_j", "residual_rel", "gpu_wh", "cpu_wh",
	"ram_wh", "total_wh", "wh_per_1000_requests", "j_per_output_token", "gco2e", "intensity_g_per_kwh", "complete",
	"events_expected", "events_seen", "summary",
}, figureColumns, intervalColumns)

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
	}, figures(s), intervals(s))}
}

var deadColumns = []string{"stream", "seq", "run_id", "subject", "reason", "attempts", "data", "at_ns"}

// DeadRow is a row of events_dead.
func DeadRow(run event.RunID, stream string, seq uint64, subject, reason string, attempts int, data []byte, at time.Time) Row {
	return Row{EventsDead, []any{stream, seq, string(run), subject, reason, uint32(attempts), string(data), at.UnixNano()}}
}
