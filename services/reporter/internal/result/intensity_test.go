package result_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// profiled is the record of a run that asked, with what it was told.
func profiled(items ...recordtest.Item) []event.Event {
	c := recordtest.Config("/tmp/x")
	c.Metrics.Intensity = &config.Intensity{Type: config.IntensityProfile, File: "day.csv"}
	return recordtest.Number(recordtest.Run, append(recordtest.Items(c), items...))
}

func TestIntensityOverTime(t *testing.T) {
	const turn = 4 * time.Second
	events := func() []event.Event {
		return profiled(recordtest.Said(0, turn, 100), recordtest.Said(turn, time.Hour, 300))
	}
	res := compute(t, events())
	at := recordtest.Stamp(turn).WallNS
	mean := func(from, to int64) float64 {
		early := float64(min(max(at-from, 0), to-from)) / float64(to-from)
		return 100*early + 300*(1-early)
	}
	s := res.Summary
	got := *s.Emissions.IntensityGPerKWh
	require.Greater(t, got, 100.0)
	require.Less(t, got, 300.0)
	require.InEpsilon(t, *s.Energy.TotalWh/1000*1.2*got, *s.Emissions.GCO2e, 1e-12, "PUE is 1.2")
	require.Equal(t, "day.csv", s.Emissions.IntensitySource)
	require.Equal(t, &event.IntensityRecord{
		Provider: "profile", Observations: 2, CoveredShare: 1,
		FirstNS: recordtest.Stamp(0).WallNS, LastNS: at,
	}, s.Emissions.Observed)
	require.NotContains(t, text(s.Verdict), "intensity")

	// Each request is priced by its own time: against the table's yearly figure the
	// ratio is the intensity's.
	plain, mixed := compute(t, record()), 0
	table := *plain.Summary.Emissions.IntensityGPerKWh
	for i, row := range res.Rows {
		if row.EmissionsGCO2e == nil || row.Status != event.StatusOK {
			continue
		}
		ratio := *row.EmissionsGCO2e / *plain.Rows[i].EmissionsGCO2e * table
		require.InEpsilon(t, mean(row.SentNS, *row.LastTokenNS), ratio, 1e-9, row.RequestID)
		if ratio > 100.1 && ratio < 299.9 {
			mixed++
		}
	}
	require.Positive(t, mixed, "some requests are in both")
	require.Equal(t, res, compute(t, events()), "the events are all that it needs")
}

// Each joule of the load is priced as of its own time: the windows of the run, which
// are accounted for apart, say what was drawn before and after.
func TestTheLoadIsPricedByItsEnergy(t *testing.T) {
	events := func(turn time.Duration) []event.Event {
		c := recordtest.Config("/tmp/x")
		c.Metrics.Intensity = &config.Intensity{Type: config.IntensityProfile, File: "day.csv"}
		c.Reporter.WindowS = 2
		return recordtest.Number(recordtest.Run, append(recordtest.Items(c), recordtest.Said(0, turn, 100), recordtest.Said(turn, 2*time.Hour, 300)))
	}
	begin := time.Duration(compute(t, events(time.Hour)).Summary.StartedNS - recordtest.Stamp(0).WallNS)
	s := compute(t, events(begin+2*time.Second)).Summary
	const cpuW = 45
	early := *s.Windows[0].MeasuredJ + cpuW*2
	all := *s.Energy.TotalWh * 3600
	require.InEpsilon(t, (100*early+300*(all-early))/all, *s.Emissions.IntensityGPerKWh, 1e-9)
	byTime := (100*2 + 300*(s.DurationS-2)) / s.DurationS
	require.Greater(t, math.Abs(byTime / *s.Emissions.IntensityGPerKWh - 1), 1e-4, "which is not the mean over time")
}

// Law: whatever the grid does, what the load emitted is the sum of what its stretches
// did, each with all others at zero; and at one gram per kilowatt-hour it is the energy.
func TestTheLoadsCarbonIsTheSumOfItsParts(t *testing.T) {
	totalWh := *compute(t, record()).Summary.Energy.TotalWh
	rapid.Check(t, func(t *rapid.T) {
		cuts := rapid.SliceOfNDistinct(rapid.Int64Range(1, int64(recordtest.Seconds*time.Second)), 1, 3, rapid.ID).Draw(t, "cuts")
		cuts = append(cuts, 0, int64(time.Hour))
		slices.Sort(cuts)
		emitted := func(gPerKWh func(i int) float64) float64 {
			var items []recordtest.Item
			for i, from := range cuts[:len(cuts)-1] {
				items = append(items, recordtest.Said(time.Duration(from), time.Duration(cuts[i+1]), gPerKWh(i)))
			}
			s := compute(t, profiled(items...), "equal-share/v1").Summary
			require.InDelta(t, 1, s.Emissions.Observed.CoveredShare, 1e-12)
			return *s.Emissions.GCO2e
		}
		var parts, ones float64
		grams := make([]float64, len(cuts)-1)
		for i := range grams {
			grams[i] = rapid.Float64Range(0, 1000).Draw(t, "g/kWh")
			one := emitted(func(k int) float64 {
				if k == i {
					return 1
				}
				return 0
			})
			ones += one
			parts += one * grams[i]
		}
		whole := emitted(func(i int) float64 { return grams[i] })
		require.InDelta(t, parts, whole, 1e-9*max(whole, 1e-3))
		require.InEpsilon(t, totalWh*1.2/1000, ones, 1e-9)
	})
}

func TestIntensityThatWasNotObserved(t *testing.T) {
	plain := compute(t, record())
	silent := recordtest.Item{Producer: recordtest.Sampler, Data: &event.IntensityObserved{
		Host: "node", Provider: "profile", AtNS: recordtest.Stamp(0).WallNS, Problem: "the service is away",
	}}
	none := compute(t, profiled(silent))
	require.Equal(t, plain.Summary.Emissions.GCO2e, none.Summary.Emissions.GCO2e)
	require.Equal(t, plain.Rows, none.Rows)
	require.Equal(t, "Our World in Data / Ember", none.Summary.Emissions.IntensitySource)
	require.Contains(t, text(none.Summary.Verdict), "no carbon intensity was observed for 100 % of the load, where the table's yearly average stands in: the service is away")

	// A fresh figure counts before one that stands in.
	standIn := recordtest.Said(0, time.Hour, 900)
	o := standIn.Data.(*event.IntensityObserved)
	o.Cached, o.Problem = true, "slow"
	s := compute(t, profiled(standIn, recordtest.Said(0, time.Hour, 100))).Summary
	require.InDelta(t, 100, *s.Emissions.IntensityGPerKWh, 0)
	require.Contains(t, text(s.Verdict), "an earlier answer stands in for 1 of 2 observations of the carbon intensity: slow")
}

// A coarser figure that stands in for the place that was asked for says so.
func TestACoarserIntensitySaysSo(t *testing.T) {
	c := recordtest.Config("/tmp/x")
	c.Metrics.CountryISOCode, c.Metrics.Region = "DEU", "bavaria"
	e := compute(t, recordtest.Number(recordtest.Run, recordtest.Items(c))).Summary.Emissions
	require.Equal(t, "Germany", e.IntensityPlace)
	require.Equal(t, "no regional figure for bavaria, so the country's is used", e.IntensityNote)
}
