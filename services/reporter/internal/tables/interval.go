package tables

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

var intervalColumns = []string{
	"coverage", "measured_low_j", "measured_high_j", "requests_low_j", "requests_high_j", "gpu_low_wh", "gpu_high_wh",
	"cpu_low_wh", "cpu_high_wh", "ram_low_wh", "ram_high_wh", "total_low_wh", "total_high_wh", "wh_per_1000_requests_low",
	"wh_per_1000_requests_high", "j_per_output_token_low", "j_per_output_token_high", "gco2e_low", "gco2e_high",
	"total_provenance",
}

// intervals are the columns of run_summary that bound its figures, and say how the sum of
// all came about.
func intervals(s *event.Summary) []any {
	i := s.Energy.Intervals
	if i == nil {
		i = &event.Intervals{}
	}
	out := []any{s.Energy.Coverage}
	for _, bounds := range []*event.Interval{
		i.MeasuredJ, i.RequestsJ, i.GPUWh, i.CPUWh, i.RAMWh, i.TotalWh, i.WhPer1000Requests, i.JPerOutputToken,
		s.Emissions.GCO2eInterval,
	} {
		low, high := ends(bounds)
		out = append(out, low, high)
	}
	return append(out, string(s.Provenance["total"]))
}

// ends are two columns, empty without an interval.
func ends(i *event.Interval) (low, high *float64) {
	if i == nil {
		return nil, nil
	}
	return &i.Low, &i.High
}
