package attribution

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// wave is a device whose true power swings between 150 and 450 W every 700 ms.
func wave(ns int64) float64 { return 300 + 150*math.Sin(2*math.Pi*float64(ns)/700e6) }

// waveJ is its true energy since zero.
func waveJ(ns int64) float64 {
	w := 2 * math.Pi / 0.7
	return 300*float64(ns)/1e9 + 150/w*(1-math.Cos(w*float64(ns)/1e9))
}

// sensor reads the wave.
type sensor struct {
	periodNS, stepNS int64
	gain             float64 // of the power reading
	power, counter   bool
}

func (s sensor) read(untilNS int64) []Sample {
	var out []Sample
	for t := 13 * ms; t <= untilNS; t += s.periodNS {
		x := Sample{t, event.Missing, event.Missing}
		if s.power {
			x.PowerMW = int64(wave(t) * s.gain * 1000)
		}
		if s.counter {
			x.EnergyMJ = 7_000_000 + int64(waveJ((t-3*ms)/s.stepNS*s.stepNS+3*ms)*1000)
		}
		out = append(out, x)
	}
	return out
}

// Whatever the step and the rate, the counter's energy is the window's energy
// to 0.1 %, even where the power reading is 5 % off.
func TestCounterGivesTheTotal(t *testing.T) {
	for _, stepMS := range []int64{10, 20, 100} {
		for _, periodMS := range []int64{1, 10, 33, 100, 330} {
			for _, stated := range []bool{true, false} {
				t.Run(fmt.Sprintf("step=%dms/period=%dms/stated=%v", stepMS, periodMS, stated), func(t *testing.T) {
					const until, from, to = 61_000 * ms, 500 * ms, 60_400 * ms
					d := Device{ID: "gpu-0", IdlePowerMW: 0}
					if stated {
						d.CounterStepNS = stepMS * ms
					}
					s := scenario{
						options: Options{Methods: []string{EqualShare}}, devices: []Device{d},
						samples:  [][]Sample{sensor{periodMS * ms, stepMS * ms, 1.05, true, true}.read(until)},
						requests: []Request{ask("a", 3, 3, 8, 1, 1)},
						from:     from, to: to,
					}
					r := solve(t, s)
					truth := waveJ(to) - waveJ(from)
					require.InEpsilon(t, truth, r.ledger("gpu-0", EqualShare).MeasuredJ, 1e-3)
					a := r.share("a", EqualShare)
					mine := waveJ(8000*ms) - waveJ(3000*ms)
					require.True(t, a.LowJ <= mine && mine <= a.HighJ, "%v not in [%v, %v]", mine, a.LowJ, a.HighJ)
					require.InEpsilon(t, mine, a.EnergyJ, 0.02)
					require.Equal(t, event.Measured, a.Provenance)
					if periodMS <= 33 {
						require.InEpsilon(t, 1.05, r.Devices[0].IntegralJ/r.Devices[0].CounterJ, 0.01)
					}
					if !stated && 2*periodMS <= stepMS {
						require.InEpsilon(t, stepMS*ms, r.Devices[0].CounterStepNS, 0.02)
					}
				})
			}
		}
	}
}

func counterScenario(d Device, samples []Sample, fromS, toS float64) scenario {
	d.ID, d.IdlePowerMW, d.Provenance = "gpu-0", 0, event.Measured
	return scenario{
		options:  Options{Methods: []string{EqualShare}},
		devices:  []Device{d},
		samples:  [][]Sample{samples},
		requests: []Request{ask("a", 2, 2, 8, 1, 1), ask("late", 15, 15, 19, 1, 1)},
		from:     int64(fromS * 1e9), to: int64(toS * 1e9),
	}
}

// A counter without power (RAPL) is measured too: flat between its readings.
func TestCounterAlone(t *testing.T) {
	r := solve(t, counterScenario(Device{CounterStepNS: ms}, sensor{100 * ms, ms, 1, false, true}.read(20_000*ms), 1, 19.9))
	require.InEpsilon(t, waveJ(19_900*ms)-waveJ(1000*ms), r.ledger("gpu-0", EqualShare).MeasuredJ, 1e-3)
	require.Zero(t, r.ledger("gpu-0", EqualShare).GapJ)
	require.Equal(t, event.Measured, r.share("a", EqualShare).Provenance)
	require.False(t, r.Devices[0].HasPower)
}

// The driver is loaded anew at 10 s: the counter starts from zero. Power,
// corrected by what the counter showed before, bridges the moment.
func TestCounterReset(t *testing.T) {
	samples := sensor{10 * ms, 100 * ms, 1.05, true, true}.read(20_000 * ms)
	for i := range samples {
		if samples[i].TimeNS > 10_000*ms {
			samples[i].EnergyMJ -= 7_000_000 + int64(waveJ(10_000*ms)*1000)
		}
	}
	r := solve(t, counterScenario(Device{}, samples, 1, 19.9))
	require.InEpsilon(t, waveJ(19_900*ms)-waveJ(1000*ms), r.ledger("gpu-0", EqualShare).MeasuredJ, 1e-3)
	require.Equal(t, []string{FlagCounterReset}, r.Devices[0].Flags)
	require.Empty(t, r.share("a", EqualShare).Flags)
	s := counterScenario(Device{}, samples, 1, 19.9)
	s.requests = []Request{ask("over", 9, 9, 11, 1, 1)}
	require.Equal(t, []string{FlagCounterReset}, solve(t, s).share("over", EqualShare).Flags)
}

// The counter stops at 10 s while power flows: power takes over, and says so.
func TestCounterFrozen(t *testing.T) {
	samples := sensor{10 * ms, 100 * ms, 1.05, true, true}.read(20_000 * ms)
	for i := range samples {
		if samples[i].TimeNS > 10_000*ms {
			samples[i].EnergyMJ = samples[i-1].EnergyMJ
		}
	}
	r := solve(t, counterScenario(Device{}, samples, 1, 19.9))
	require.InEpsilon(t, waveJ(19_900*ms)-waveJ(1000*ms), r.ledger("gpu-0", EqualShare).MeasuredJ, 2e-3)
	require.Equal(t, []string{FlagCounterFrozen}, r.Devices[0].Flags)
	require.Empty(t, r.share("a", EqualShare).Flags)
	require.Equal(t, []string{FlagCounterFrozen}, r.share("late", EqualShare).Flags)
}

// A counter that never moves is of no use from the start.
func TestCounterNeverMoves(t *testing.T) {
	samples := sensor{10 * ms, 100 * ms, 1, true, false}.read(20_000 * ms)
	for i := range samples {
		samples[i].EnergyMJ = 12345
	}
	r := solve(t, counterScenario(Device{}, samples, 1, 19.9))
	require.InEpsilon(t, waveJ(19_900*ms)-waveJ(1000*ms), r.ledger("gpu-0", EqualShare).MeasuredJ, 1e-3)
	require.Equal(t, []string{FlagCounterFrozen}, r.Devices[0].Flags)
	require.Equal(t, []string{FlagCounterFrozen}, r.share("a", EqualShare).Flags)
}

// Samples are lost from 4 to 7 s. The counter spans the hole: the energy in it
// is measured and goes to the request, but its course is drawn, not seen.
func TestCounterSpansAHole(t *testing.T) {
	var samples []Sample
	for _, s := range (sensor{10 * ms, 20 * ms, 1, true, true}).read(20_000 * ms) {
		if s.TimeNS < 4000*ms || s.TimeNS > 7000*ms {
			samples = append(samples, s)
		}
	}
	r := solve(t, counterScenario(Device{}, samples, 1, 19.9))
	require.InEpsilon(t, waveJ(19_900*ms)-waveJ(1000*ms), r.ledger("gpu-0", EqualShare).MeasuredJ, 1e-3)
	require.Zero(t, r.ledger("gpu-0", EqualShare).GapJ)
	a := r.share("a", EqualShare)
	require.InEpsilon(t, waveJ(8000*ms)-waveJ(2000*ms), a.EnergyJ, 5e-3)
	require.Equal(t, []string{FlagGapSpanned}, a.Flags)
	require.Equal(t, event.Derived, a.Provenance)
	require.InDelta(t, 1, a.Coverage, 0)
	require.Equal(t, event.Measured, r.share("late", EqualShare).Provenance)

	for i := range samples { // without the counter it is a gap
		samples[i].EnergyMJ = event.Missing
	}
	r = solve(t, counterScenario(Device{}, samples, 1, 19.9))
	require.Greater(t, r.ledger("gpu-0", EqualShare).GapJ, 600.0)
	require.Equal(t, []string{FlagGap}, r.share("a", EqualShare).Flags)
}

// averagedStep is a device that goes from 100 to 500 W at 10 s, read through a
// one-second average.
func averagedStep(counter bool) []Sample {
	var out []Sample
	energy := 0.0
	for t := int64(0); t <= 20_000*ms; t += 100 * ms {
		share := min(1, max(0, float64(t-10_000*ms)/1e9))
		x := Sample{t, int64((100 + 400*share) * 1000), event.Missing}
		if counter {
			x.EnergyMJ = int64(energy)
		}
		w := 100.0
		if t >= 10_000*ms {
			w = 500
		}
		energy += w * 100
		out = append(out, x)
	}
	return out
}

// A reading that averages over a second is moved back by half of it, which
// makes the total right, and is flagged; its shape stays blurred.
func TestAveragedPower(t *testing.T) {
	d := Device{AverageWindowNS: 1000 * ms}
	s := counterScenario(d, averagedStep(false), 1, 19)
	s.requests = []Request{ask("a", 2, 2, 10, 1, 1), ask("b", 10, 10, 19, 1, 1)}
	r := solve(t, s)
	require.InDelta(t, 900+4500, r.ledger("gpu-0", EqualShare).MeasuredJ, 1e-6)
	require.InDelta(t, 800+50, r.share("a", EqualShare).EnergyJ, 1)
	require.Equal(t, []string{FlagAveragedPower}, r.share("a", EqualShare).Flags)
	require.Equal(t, []string{FlagAveragedPower}, r.Devices[0].Flags)

	// Beside a counter the average is not needed for the shape.
	d.CounterStepNS = 20 * ms
	s = counterScenario(d, averagedStep(true), 1, 19)
	s.requests = []Request{ask("a", 2, 2, 10, 1, 1), ask("b", 10, 10, 19, 1, 1)}
	r = solve(t, s)
	require.InDelta(t, 800, r.share("a", EqualShare).EnergyJ, 5)
	require.InDelta(t, 4500, r.share("b", EqualShare).EnergyJ, 10)
	require.Empty(t, r.share("b", EqualShare).Flags)
}

// A hole that the sampler tells of counts even when the samples around it are near.
func TestDeclaredGap(t *testing.T) {
	s := counterScenario(Device{}, flat(100, 20), 0, 20)
	s.gaps = []declaredOn{{0, 3010 * ms, 3050 * ms}}
	r := solve(t, s)
	require.InDelta(t, 10, r.ledger("gpu-0", EqualShare).GapJ, 1e-9)
	require.Equal(t, 100*ms, r.Devices[0].GapNS)
	require.Equal(t, []string{FlagGap}, r.share("a", EqualShare).Flags)
}
