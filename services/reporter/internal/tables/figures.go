package tables

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// SummaryRows are the rows of a summary: the run's own last, so that a view which
// chooses the revision by it never names rows that are not there.
func SummaryRows(s *event.Summary) []Row {
	rows := make([]Row, 0, len(s.Windows)+len(s.Stages)+len(s.Devices)+2)
	for i := range s.Windows {
		rows = append(rows, windowRow(s, &s.Windows[i]))
	}
	for _, stretch := range Stretches(s) {
		rows = append(rows, stretchRow(s, stretch))
	}
	for i := range s.Devices {
		rows = append(rows, deviceEnergyRow(s, &s.Devices[i]))
	}
	return append(rows, summaryRow(s))
}

var deviceEnergyColumns = []string{
	"run_id", "run_date", "revision", "host", "device", "kind", "name", "simulated", "provenance", "source",
	"measured_j", "idle_j", "gap_j", "gap_s", "samples", "counter_j", "integral_j", "integral_over_counter",
	"idle_power_w", "mean_power_w", "max_power_w", "utilization_mean_pct", "flags",
	"before_j", "before_s", "before_w", "after_j", "after_s", "after_w",
	"architecture", "power_source", "source_reason", "memory_power_mean_w", "sm_clock_mean_mhz", "temperature_max_c", "memory_max_bytes",
	"power_limit_w", "throttled_share", "power_capped_share", "throttle_reasons", "foreign_processes_max",
	"measured_low_j", "measured_high_j", "memory_mean_bytes",
}

func deviceEnergyRow(s *event.Summary, d *event.DeviceResult) Row {
	type figures struct{ joules, seconds, watts *float64 }
	beside := func(b *event.Beside) figures {
		if b == nil {
			return figures{}
		}
		return figures{&b.EnergyJ, &b.DurationS, &b.MeanPowerW}
	}
	before, after := beside(d.Before), beside(d.After)
	low, high := ends(d.IntervalJ)
	return Row{DeviceEnergy, []any{
		string(s.RunID), date(s.RunID), uint32(s.Revision), d.Host, d.ID, string(d.Kind), d.Name, d.Simulated, string(d.Provenance), d.Source,
		d.MeasuredJ, d.IdleJ, d.GapJ, d.GapS, d.Samples, d.CounterJ, d.IntegralJ, d.IntegralOverCounter,
		d.IdlePowerW, d.MeanPowerW, d.MaxPowerW, d.UtilizationMeanPct, d.Flags,
		before.joules, before.seconds, before.watts, after.joules, after.seconds, after.watts,
		d.Architecture, d.PowerSource, d.SourceReason, d.MemoryPowerMeanW, d.SMClockMeanMHz, d.TemperatureMaxC, d.MemoryMaxBytes,
		d.PowerLimitW, d.ThrottledShare, d.PowerCappedShare, d.ThrottleReasons, d.ForeignProcessesMax,
		low, high, d.MemoryMeanBytes,
	}}
}

var figureColumns = slices.Concat([]string{
	"flags", "steady_requests_per_s", "steady_output_tokens_per_s", "steady_j_per_request", "steady_j_per_output_token",
	"goodput_share", "goodput_requests_per_s", "goodput_requests_per_j", "method_spread_p50_rel", "at_target_share",
	"foreign_share", "cost", "currency", "embodied_gco2e", "node_wh", "node_over_parts",
}, gridColumns, []string{"sessions", "turns_unsent"})

// figures are the later columns of run_summary.
func figures(s *event.Summary) []any {
	flags := make([]string, 0, len(s.Flags))
	for _, f := range s.Flags {
		flags = append(flags, f.Flag)
	}
	var steady struct{ requests, tokens, perRequest, perToken *float64 }
	if s.Steady != nil && s.Steady.Account != nil {
		a := s.Steady.Account
		steady.requests, steady.tokens, steady.perRequest, steady.perToken = &a.RequestsPerS, a.OutputTokensPerS, a.JPerRequest, a.JPerOutputToken
	}
	var good struct{ share, perS, perJ *float64 }
	if g := s.Goodput; g != nil {
		good.share, good.perS, good.perJ = &g.Share, &g.RequestsPerS, g.RequestsPerJ
	}
	var spread, foreign *float64
	if s.MethodSpreadRel != nil {
		spread = &s.MethodSpreadRel.P50
	}
	for _, server := range s.Servers {
		if server.ForeignShare != nil && (foreign == nil || *server.ForeignShare > *foreign) {
			foreign = server.ForeignShare
		}
	}
	sessions := s.Sessions
	if sessions == nil {
		sessions = &event.SessionCounts{}
	}
	return slices.Concat([]any{
		flags, steady.requests, steady.tokens, steady.perRequest, steady.perToken,
		good.share, good.perS, good.perJ, spread, s.Throughput.AtTargetShare,
		foreign, s.Emissions.Cost, s.Emissions.Currency, s.Emissions.EmbodiedGCO2e, s.Energy.NodeWh, s.Energy.NodeOverParts,
	}, grid(s.Emissions), []any{sessions.Total, sessions.TurnsUnsent})
}
