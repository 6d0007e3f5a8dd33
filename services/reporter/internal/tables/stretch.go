package tables

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// boundFields say how sure the energy of a stretch is.
var boundFields = slices.Concat(
	[]field[*event.Stretch]{{"coverage", func(s *event.Stretch) any { return s.Coverage }}},
	bounds("measured_low_j", "measured_high_j", func(i *event.Intervals) *event.Interval { return i.MeasuredJ }),
	bounds("requests_low_j", "requests_high_j", func(i *event.Intervals) *event.Interval { return i.RequestsJ }),
	bounds("mean_power_low_w", "mean_power_high_w", func(i *event.Intervals) *event.Interval { return i.MeanPowerW }),
	bounds("j_per_request_low", "j_per_request_high", func(i *event.Intervals) *event.Interval { return i.JPerRequest }),
	bounds("wh_per_1000_requests_low", "wh_per_1000_requests_high", func(i *event.Intervals) *event.Interval { return i.WhPer1000Requests }),
	bounds("j_per_output_token_low", "j_per_output_token_high", func(i *event.Intervals) *event.Interval { return i.JPerOutputToken }),
)

// bounds are the two columns of an interval, empty without one.
func bounds(low, high string, of func(*event.Intervals) *event.Interval) []field[*event.Stretch] {
	pick := func(s *event.Stretch) (low, high *float64) {
		if s.Intervals == nil {
			return nil, nil
		}
		return ends(of(s.Intervals))
	}
	return []field[*event.Stretch]{
		{low, func(s *event.Stretch) any { low, _ := pick(s); return low }},
		{high, func(s *event.Stretch) any { _, high := pick(s); return high }},
	}
}

// steadyFields are the later columns of run_summary about the steady state: the figures
// that have none yet, and how sure all are.
var steadyFields = prefixed("steady_", append([]field[*event.Stretch]{
	{"measured_j", func(s *event.Stretch) any { return s.MeasuredJ }},
	{"requests_j", func(s *event.Stretch) any { return s.RequestsJ }},
	{"mean_power_w", func(s *event.Stretch) any { return s.MeanPowerW }},
	{"wh_per_1000_requests", func(s *event.Stretch) any { return s.WhPer1000Requests }},
}, boundFields...))

// steady are their values, empty without a steady state.
func steady(s *event.Summary) []any {
	if s.Steady == nil || s.Steady.Account == nil {
		return values(steadyFields, &event.Stretch{})
	}
	return values(steadyFields, s.Steady.Account)
}
