package tables

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

var intensityColumns = []string{
	"run_id", "run_date", "host", "at_ns", "provider", "zone", "g_per_kwh", "from_ns", "to_ns", "source",
	"estimated", "estimation_method", "cached", "problem",
}

func intensityRow(e event.Event, o *event.IntensityObserved) Row {
	return Row{Intensities, []any{
		string(e.ID.Run), date(e.ID.Run), o.Host, o.AtNS, o.Provider, o.Zone, o.GPerKWh, o.FromNS, o.ToNS, o.Source,
		o.Estimated, o.EstimationMethod, o.Cached, o.Problem,
	}}
}

var gridColumns = []string{
	"intensity_place", "intensity_source", "intensity_provider", "intensity_zone", "intensity_first_ns", "intensity_last_ns",
	"intensity_observations", "intensity_estimated", "intensity_cached", "intensity_unanswered", "intensity_covered_share",
}

// grid are the columns of run_summary that say where the intensity came from.
func grid(e event.Emissions) []any {
	o := e.Observed
	if o == nil {
		o = &event.IntensityRecord{}
	}
	var first, last *int64
	if o.Observations > 0 {
		first, last = &o.FirstNS, &o.LastNS
	}
	var covered *float64
	if e.Observed != nil {
		covered = &o.CoveredShare
	}
	return []any{
		e.IntensityPlace, e.IntensitySource, o.Provider, o.Zone, first, last,
		int64(o.Observations), int64(o.Estimated), int64(o.Cached), int64(o.Unanswered), covered,
	}
}
