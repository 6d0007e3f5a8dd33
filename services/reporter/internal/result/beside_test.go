package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// The record begins two seconds of 100 W before its load, and ends with one second of it.
func TestBeforeAndAfterTheLoad(t *testing.T) {
	s := compute(t, record()).Summary
	before, after := s.Devices[0].Before, s.Devices[0].After
	require.InDelta(t, 2.1, before.DurationS, 1e-9, "the first request is sent 100 ms after the devices begin to work")
	require.InDelta(t, 100*2+32, before.EnergyJ, 12)
	require.InDelta(t, 7.9-6.443, after.DurationS, 1e-9)
	require.Less(t, after.MeanPowerW, *s.Devices[0].MeanPowerW)
	require.InDelta(t, before.EnergyJ+s.Devices[1].Before.EnergyJ, s.Energy.Before.EnergyJ, 1e-9)
	require.InDelta(t, before.MeanPowerW+s.Devices[1].Before.MeanPowerW, s.Energy.Before.MeanPowerW, 1e-9)
	require.InDelta(t, 45*2.1, s.Devices[2].Before.EnergyJ, 1e-6, "the processor has its own")
	within(t, after.IntervalJ, after.EnergyJ)
	within(t, s.Devices[0].IntervalJ, *s.Devices[0].MeasuredJ)
	require.Nil(t, s.Devices[2].IntervalJ, "its model states no error")
	require.Nil(t, s.Devices[2].Before.IntervalJ)

	none := edited(t, func(e *recordtest.Edit) {
		e.Drop(func(data event.Payload) bool { _, ok := data.(*event.PowerSampled); return ok })
	})
	require.Nil(t, none.Energy.Before)
	require.Nil(t, none.Devices[0].After)
}

// Before, load and after are all that was measured: the record's truth is over the same
// time. No reading that is lost changes that, nor any kind of sensor.
func TestBeforeLoadAndAfterAreTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := recordtest.NewEdit("/tmp/x")
		e.Device("GPU-0", func(d *event.Device) {
			d.AverageWindowNS = rapid.SampledFrom([]int64{0, 100e6, 1e9}).Draw(t, "averaged over")
		})
		keep := rapid.SliceOfN(rapid.Bool(), recordtest.Seconds, recordtest.Seconds).Draw(t, "seconds kept")
		counter := rapid.Bool().Draw(t, "counter")
		for second, kept := range keep {
			e.Second(second, "GPU-0", func(s *event.DeviceSamples) {
				if !counter {
					s.EnergyMJ = nil
				}
				if !kept && second > 0 && second < recordtest.Seconds-1 {
					*s = event.DeviceSamples{Device: s.Device}
				}
			})
		}
		s := compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
		require.InEpsilon(t, s.Truth.MeasuredJ, s.Energy.Before.EnergyJ+*s.Energy.MeasuredJ+s.Energy.After.EnergyJ, 1e-9)
	})
}
