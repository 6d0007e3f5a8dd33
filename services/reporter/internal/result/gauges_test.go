package result_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// seldom is one reading at the beginning of a second.
func seldom(s *event.DeviceSamples, v int64) event.Series {
	out := slices.Repeat(event.Series{event.Missing}, len(s.TNS))
	out[0] = v
	return out
}

// Of the eight seconds of the record, four begin within the load.
func TestGaugesOfADevice(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		for second, reasons := range []int64{0x48, 0x48, 0x48, 0x48, 0x88, 0x04, 0x01, 0x48} {
			e.Second(second, "GPU-0", func(s *event.DeviceSamples) {
				load := second >= 3 && second <= 6
				s.ThrottleReasons = seldom(s, reasons)
				s.MemoryPowerMW = seldom(s, map[bool]int64{true: 60_000 + int64(second)*1000, false: 5000}[load])
				s.SMClockMHz = seldom(s, map[bool]int64{true: 1700, false: 300}[load])
				s.UtilizationPct = seldom(s, map[bool]int64{true: 90, false: 0}[load])
				s.PowerLimitMW = seldom(s, map[bool]int64{true: 500_000, false: 700_000}[second == 1])
				s.ForeignProcesses = seldom(s, map[bool]int64{true: 2, false: 0}[second == 0])
				s.TemperatureC = seldom(s, 60+int64(second))
				s.MemoryUsedBytes = seldom(s, 1000*int64(second))
			})
		}
	})
	d := s.Devices[0]
	require.Equal(t, "GPU-0", d.ID)
	require.Equal(t, map[string]float64{
		"hw_slowdown": 0.5, "hw_thermal_slowdown": 0.25, "hw_power_brake_slowdown": 0.25, "sw_power_cap": 0.25, "gpu_idle": 0.25,
	}, d.ThrottleReasons)
	require.InDelta(t, 0.5, *d.ThrottledShare, 0)
	require.InDelta(t, 0.25, *d.PowerCappedShare, 0)
	require.InDelta(t, 64.5, *d.MemoryPowerMeanW, 1e-12)
	require.InDelta(t, 1700, *d.SMClockMeanMHz, 0)
	require.InDelta(t, 90, *d.UtilizationMeanPct, 0)
	// Extremes are of the whole run.
	require.InDelta(t, 500, *d.PowerLimitW, 0)
	require.EqualValues(t, 2, *d.ForeignProcessesMax)
	require.EqualValues(t, 67, *d.TemperatureMaxC)
	require.InDelta(t, 4500, *d.MemoryMeanBytes, 0)
	require.EqualValues(t, 7000, *d.MemoryMaxBytes)
	require.Subset(t, d.Flags, []string{"throttled", "power_capped", "power_limit_changed", "foreign_processes"})

	other := s.Devices[1]
	require.Nil(t, other.ThrottledShare, "its reasons were not read")
	require.Nil(t, other.ThrottleReasons)
	require.Nil(t, other.MemoryPowerMeanW)
}

func TestDeviceTellsHowItWasRead(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		e.Device("GPU-0", func(d *event.Device) { d.SourceReason = "it has both" })
	})
	d := s.Devices[0]
	require.Equal(t, []string{"sim.energy", "sim.power", "it has both", "test"}, []string{d.Source, d.PowerSource, d.SourceReason, d.Architecture})
}

// A device without a reading has no account, which one of zero would be.
func TestDeviceThatWasNeverRead(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		e.Seconds("GPU-0", func(s *event.DeviceSamples) { *s = event.DeviceSamples{Device: s.Device} })
	})
	for i, d := range s.Devices {
		text, err := json.Marshal(d)
		require.NoError(t, err)
		for _, key := range []string{`"measured_j"`, `"idle_j"`, `"gap_j"`} {
			if i == 0 {
				require.NotContains(t, string(text), key, d.ID)
			} else {
				require.Contains(t, string(text), key, d.ID)
			}
		}
	}
}
