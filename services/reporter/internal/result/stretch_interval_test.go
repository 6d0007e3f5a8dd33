package result_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution/accuracy"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// stretches are the accounts of all stretches of a run.
func stretches(s event.Summary) []event.Stretch {
	out := slices.Clone(s.Windows)
	if s.Steady.Account != nil {
		out = append(out, *s.Steady.Account)
	}
	for _, stage := range s.Stages {
		if stage.Account != nil {
			out = append(out, *stage.Account)
		}
	}
	return out
}

// A stage that is all of the load is as sure as the run.
func TestAStretchThatIsTheRunHasItsInterval(t *testing.T) {
	for _, methods := range [][]string{{attribution.EqualShare}, {attribution.PhaseAware, attribution.EqualShare}, {attribution.TokenWeighted, attribution.PhaseAware}} {
		s := edited(t, func(e *recordtest.Edit) {
			e.Config.Metrics.Methods = methods
			e.Config.Load.Stages = []config.Stage{{Name: "all"}}
			e.Attempts(func(f *event.RequestFinished) { f.Stage = 1 })
		})
		all := s.Stages[0].Account
		require.Equal(t, s.Energy.Intervals.MeasuredJ, all.Intervals.MeasuredJ)
		require.Equal(t, s.Energy.Intervals.RequestsJ, all.Intervals.RequestsJ)
		require.Equal(t, s.Energy.Coverage, all.Coverage)
	}
}

// Every figure of every stretch lies in its interval, whatever the sensors are and whoever
// is silent when.
func TestFiguresOfStretchesLieInTheirIntervals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := recordtest.NewEdit("/tmp/x")
		e.Config.Reporter.WindowS = rapid.Float64Range(0.05, 2).Draw(t, "window")
		e.Config.Load.Stages = []config.Stage{{Name: "one"}, {Name: "two"}}
		from := rapid.Int64Range(0, recordtest.Prompts).Draw(t, "second stage")
		failing := rapid.Int64Range(1, recordtest.Prompts).Draw(t, "every so many fail")
		e.Attempts(func(f *event.RequestFinished) {
			if f.Stage = 1; f.Index >= from {
				f.Stage = 2
			}
			if f.Index%failing == 0 {
				f.Status, f.ErrorClass = event.StatusFailed, "http_status"
			}
		})
		for _, gpu := range []string{"GPU-0", "GPU-1"} {
			gain, average := rapid.Float64Range(0, 0.2).Draw(t, "gain"), rapid.SampledFrom([]int64{0, 1e9}).Draw(t, "average")
			e.Device(gpu, func(d *event.Device) { d.GainErrorRel, d.AverageWindowNS = &gain, average })
			for second := range recordtest.Seconds {
				if rapid.IntRange(0, 9).Draw(t, "silent") == 0 {
					e.Second(second, gpu, func(d *event.DeviceSamples) { *d = event.DeviceSamples{Device: d.Device} })
				}
			}
			if rapid.Bool().Draw(t, "no counter") {
				e.Seconds(gpu, func(d *event.DeviceSamples) { d.EnergyMJ = nil })
			}
		}
		s := compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
		for _, w := range stretches(s) {
			require.GreaterOrEqual(t, *w.Coverage, 0.0)
			require.LessOrEqual(t, *w.Coverage, 1.0)
			i := w.Intervals
			if w.MeasuredJ == nil {
				require.Nil(t, i)
				continue
			}
			for name, of := range map[string]struct {
				bounds *event.Interval
				figure *float64
			}{
				"measured_j": {i.MeasuredJ, w.MeasuredJ}, "requests_j": {i.RequestsJ, w.RequestsJ}, "mean_power_w": {i.MeanPowerW, w.MeanPowerW},
				"j_per_request": {i.JPerRequest, w.JPerRequest}, "wh_per_1000_requests": {i.WhPer1000Requests, w.WhPer1000Requests},
				"j_per_output_token": {i.JPerOutputToken, w.JPerOutputToken},
			} {
				require.Equal(t, of.figure == nil, of.bounds == nil, name)
				if of.figure == nil {
					continue
				}
				rounding := 1e-9 * *of.figure
				require.LessOrEqual(t, of.bounds.Low, *of.figure+rounding, name)
				require.GreaterOrEqual(t, of.bounds.High, *of.figure-rounding, name)
				require.GreaterOrEqual(t, of.bounds.Low, 0.0, name)
			}
		}
	})
}

// A device that fell silent before a stretch may have drawn in it what it drew at most.
func TestAStretchAllowsForADeviceThatFellSilent(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		for second := 4; second < recordtest.Seconds; second++ {
			e.Second(second, "GPU-1", func(d *event.DeviceSamples) { *d = event.DeviceSamples{Device: d.Device} })
		}
	})
	last := s.Windows[len(s.Windows)-1]
	require.InDelta(t, 0.5, *last.Coverage, 1e-12)
	complete := edited(t, func(*recordtest.Edit) {}).Windows[len(s.Windows)-1]
	require.Less(t, *last.MeasuredJ, 0.6**complete.MeasuredJ)
	for _, of := range [][2]*event.Interval{
		{last.Intervals.MeasuredJ, complete.Intervals.MeasuredJ}, {last.Intervals.JPerRequest, complete.Intervals.JPerRequest},
	} {
		within(t, of[0], (of[1].Low+of[1].High)/2)
	}
}

// A stretch says why it has no interval.
func TestAStretchOfAModelHasNoInterval(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		e.Device("GPU-0", func(d *event.Device) { d.Provenance, d.GainErrorRel = event.Modelled, nil })
	})
	for _, w := range stretches(s) {
		require.NotNil(t, w.MeasuredJ)
		require.Equal(t, &event.Intervals{Without: []string{"none, since a model states no error (GPU-0)"}}, w.Intervals)
	}
}

// Devices of known physics, read through every sensor: what they truly drew in a window
// lies in its interval. One request after the other is answered, so they have all of it.
func TestTruthLiesInTheIntervalsOfWindows(t *testing.T) {
	for _, load := range accuracy.Loads() {
		if load.Name != "8 in flight, mixed lengths" && load.Name != "bursts of 40 every 5 s, mixed lengths" {
			continue
		}
		trace := load.Run()
		for _, sensor := range accuracy.Sensors() {
			t.Run(load.Name+" "+sensor.Name, func(t *testing.T) {
				s := observed(t, &trace, sensor)
				start := recordtest.Stamp(0).WallNS
				require.Greater(t, len(s.Windows), 50)
				inside := 0
				for _, w := range s.Windows {
					truth := drawn(&trace, w.ToNS-start) - drawn(&trace, w.FromNS-start)
					holds := true
					for _, of := range []struct {
						bounds *event.Interval
						truth  float64
					}{
						{w.Intervals.MeasuredJ, truth},
						{w.Intervals.RequestsJ, truth},
						{w.Intervals.MeanPowerW, truth / w.DurationS},
						{w.Intervals.JPerRequest, truth / float64(w.RequestsOK)},
					} {
						holds = holds && of.bounds.Low <= of.truth && of.truth <= of.bounds.High
					}
					if holds {
						inside++
					}
				}
				require.GreaterOrEqual(t, float64(inside)/float64(len(s.Windows)), 0.95)
			})
		}
	}
}

// drawn is the true energy up to a moment.
func drawn(t *accuracy.Trace, ns int64) float64 {
	i, found := slices.BinarySearch(t.NS, ns)
	if found {
		return t.Joules[i]
	}
	return t.Joules[i-1] + t.Watts[i-1]*float64(ns-t.NS[i-1])/1e9
}

// observed is a run of requests of a quarter of a second each, on a device read by a sensor.
func observed(t *testing.T, trace *accuracy.Trace, sensor accuracy.Sensor) event.Summary {
	t.Helper()
	const length = 250 * time.Millisecond
	gain := math.Abs(sensor.Gain - 1)
	e := recordtest.NewEdit("/tmp/x")
	e.Host(func(h *event.HostDescribed) { h.Devices = h.Devices[:1] })
	e.Device("GPU-0", func(d *event.Device) {
		d.CounterStepNS, d.GainErrorRel, d.AverageWindowNS = nil, &gain, sensor.AverageNS
		if sensor.StepNS > 0 {
			d.CounterStepNS = &sensor.StepNS
		}
	})
	var request event.RequestFinished
	e.Attempts(func(f *event.RequestFinished) { request = *f })
	request.EndAfterNS, request.LastTokenAfterNS, request.ChunkGapsNS = int64(length), nil, nil
	e.Drop(func(p event.Payload) bool {
		switch p.(type) {
		case *event.RequestStarted, *event.RequestFinished, *event.PowerSampled, *event.TruthRecorded:
			return true
		}
		return false
	})
	samples := sensor.Read(trace)
	for len(samples) > 0 {
		second := samples[0].TimeNS / 1e9 * 1e9
		of := event.DeviceSamples{Device: "GPU-0"}
		for len(samples) > 0 && samples[0].TimeNS < second+1e9 {
			of.TNS, of.PowerMW = append(of.TNS, samples[0].TimeNS-second), append(of.PowerMW, samples[0].PowerMW)
			if sensor.StepNS > 0 {
				of.EnergyMJ = append(of.EnergyMJ, samples[0].EnergyMJ)
			}
			samples = samples[1:]
		}
		e.Add(recordtest.Sampler, &event.PowerSampled{
			Host: recordtest.Clock.Host, Clock: recordtest.Clock, Start: recordtest.Stamp(time.Duration(second)), Devices: []event.DeviceSamples{of},
		})
	}
	end := time.Duration(trace.NS[len(trace.NS)-1]) - time.Second
	for at, i := 2*time.Second, 0; at+length <= end; at, i = at+length, i+1 {
		f := request
		f.RequestID, f.Index, f.Sent = fmt.Sprintf("r%06d", i), int64(i), recordtest.Stamp(at)
		e.Add(recordtest.DriverA, &f)
	}
	return compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
}
