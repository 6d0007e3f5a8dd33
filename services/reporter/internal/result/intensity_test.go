package result_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// said is an observation that holds for a stretch of the record.
func said(from, to time.Duration, gPerKWh float64) recordtest.Item {
	o := event.IntensityObserved{Host: "node", Provider: "profile", AtNS: recordtest.Stamp(from).WallNS}
	o.FromNS, o.ToNS, o.GPerKWh, o.Source = new(recordtest.Stamp(from).WallNS), new(recordtest.Stamp(to).WallNS), &gPerKWh, "day.csv"
	return recordtest.Item{Producer: recordtest.Sampler, Data: &o}
}

// profiled is the record of a run that asked, with what it was told.
func profiled(items ...recordtest.Item) []event.Event {
	c := recordtest.Config("/tmp/x")
	c.Metrics.Intensity = &config.Intensity{Type: config.IntensityProfile, File: "day.csv"}
	return recordtest.Number(recordtest.Run, append(recordtest.Items(c), items...))
}

func TestIntensityOverTime(t *testing.T) {
	const turn = 4 * time.Second
	events := func() []event.Event { return profiled(said(0, turn, 100), said(turn, time.Hour, 300)) }
	res := compute(t, events())
	at := recordtest.Stamp(turn).WallNS
	mean := func(from, to int64) float64 {
		early := float64(min(max(at-from, 0), to-from)) / float64(to-from)
		return 100*early + 300*(1-early)
	}
	s := res.Summary
	want := mean(s.StartedNS, s.EndedNS)
	require.Greater(t, want, 100.0)
	require.Less(t, want, 300.0)
	require.InEpsilon(t, want, *s.Emissions.IntensityGPerKWh, 1e-12)
	require.InEpsilon(t, *s.Energy.TotalWh/1000*1.2*want, *s.Emissions.GCO2e, 1e-12, "PUE is 1.2")
	require.Equal(t, "day.csv", s.Emissions.IntensitySource)
	require.Equal(t, &event.IntensityRecord{Provider: "profile", Observations: 2, CoveredShare: 1}, s.Emissions.Observed)
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
	standIn := said(0, time.Hour, 900)
	o := standIn.Data.(*event.IntensityObserved)
	o.Cached, o.Problem = true, "slow"
	s := compute(t, profiled(standIn, said(0, time.Hour, 100))).Summary
	require.InDelta(t, 100, *s.Emissions.IntensityGPerKWh, 0)
	require.Contains(t, text(s.Verdict), "an earlier answer stands in for 1 of 2 observations of the carbon intensity: slow")
}
