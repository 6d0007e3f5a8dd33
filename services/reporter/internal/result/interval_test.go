package result_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// edited computes the record after an edit.
func edited(t *testing.T, edit func(*recordtest.Edit)) event.Summary {
	t.Helper()
	e := recordtest.NewEdit("/tmp/x")
	edit(e)
	return compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
}

func within(t *testing.T, i *event.Interval, figure float64) {
	t.Helper()
	require.NotNil(t, i)
	require.Less(t, i.Low, figure)
	require.Greater(t, i.High, figure)
}

// The record's sensors state 5 %, its counters step every 20 ms and it is read every 100.
func TestEveryFigureHasAnInterval(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		e.Device("node-cpu", func(d *event.Device) { d.GainErrorRel = new(0.2) })
	})
	e, i := s.Energy, s.Energy.Intervals
	require.Equal(t, []string{"cpu_wh: without a known error of its model, by the one that the run declares (node-cpu ±20 %)"}, i.Without)
	require.InDelta(t, 1, *e.Coverage, 1e-12)
	for _, of := range []struct {
		bounds *event.Interval
		figure *float64
	}{
		{i.MeasuredJ, e.MeasuredJ},
		{i.RequestsJ, e.RequestsJ},
		{i.GPUWh, e.GPUWh},
		{i.CPUWh, e.CPUWh},
		{i.TotalWh, e.TotalWh},
		{i.WhPer1000Requests, e.WhPer1000Requests},
		{i.JPerOutputToken, e.JPerOutputToken},
		{i.JPerTotalToken, e.JPerTotalToken},
		{s.Emissions.GCO2eInterval, s.Emissions.GCO2e},
	} {
		within(t, of.bounds, *of.figure)
	}
	require.Nil(t, i.RAMWh, "memory was not measured")
	require.InDelta(t, *e.CPUWh*0.8, i.CPUWh.Low, 0.05**e.CPUWh)
	require.InDelta(t, i.GPUWh.High+i.CPUWh.High, i.TotalWh.High, 1e-12)
	require.InEpsilon(t, *s.Emissions.GCO2e / *e.TotalWh, s.Emissions.GCO2eInterval.Low/i.TotalWh.Low, 1e-12, "one intensity")
	within(t, s.Truth.IntervalJ, s.Truth.TrueJ)
	for _, m := range s.Methods {
		within(t, m.RequestsIntervalJ, m.RequestsJ)
	}
}

// An accelerator that says it draws nothing gives no figure to scale bounds by.
func TestNothingDrawnHasNoInterval(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		for _, gpu := range []string{"GPU-0", "GPU-1"} {
			e.Seconds(gpu, func(d *event.DeviceSamples) {
				for i := range d.PowerMW {
					d.PowerMW[i], d.EnergyMJ[i] = 0, 1
				}
			})
		}
	})
	_, err := json.Marshal(s)
	require.NoError(t, err)
	require.Zero(t, *s.Energy.JPerOutputToken)
	require.Nil(t, s.Energy.Intervals.JPerOutputToken)
}

// What attempts may have been charged for each other is no doubt about their sum.
func TestASumIsSurerThanItsParts(t *testing.T) {
	res := compute(t, record())
	var low, high, sum float64
	for _, row := range res.Rows {
		if row.Method == res.Summary.Energy.Method {
			low, high, sum = low+*row.EnergyLowJ, high+*row.EnergyHighJ, sum+*row.EnergyJ
		}
	}
	i := res.Summary.Energy.Intervals
	require.Less(t, i.RequestsJ.High-i.RequestsJ.Low, high-low)
	require.Less(t, i.RequestsJ.Low, sum)
	require.Greater(t, i.RequestsJ.High, sum)
}

// What has no known error has no interval, nor has any sum of it; and it says so.
func TestNoIntervalIsSaidSo(t *testing.T) {
	s := edited(t, func(*recordtest.Edit) {})
	i := s.Energy.Intervals
	require.Nil(t, i.CPUWh)
	require.Nil(t, i.TotalWh)
	require.Nil(t, s.Emissions.GCO2eInterval)
	require.Equal(t, []string{
		"cpu_wh: none, since a model states no error (node-cpu); declare one as metrics.cpu_error_rel", "total_wh and gco2e: none, for want of cpu_wh",
	}, i.Without)

	s = edited(t, func(e *recordtest.Edit) {
		e.Device("GPU-0", func(d *event.Device) { d.GainErrorRel = nil })
		e.Seconds("GPU-1", func(d *event.DeviceSamples) { *d = event.DeviceSamples{Device: d.Device} })
	})
	i = s.Energy.Intervals
	require.Equal(t, "gpu_wh: without the gain of sensors whose makers state no error (GPU-0)", i.Without[0])
	require.Equal(t, "gpu_wh: without what gave no data (GPU-1)", i.Without[1])
	require.InDelta(t, 0.5, *s.Energy.Coverage, 1e-12)
}
