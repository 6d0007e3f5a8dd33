package accuracy

import (
	"math/rand/v2"
	"sort"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Sensor is how the device is read.
type Sensor struct {
	Name      string
	PeriodNS  int64
	StepNS    int64   // of the counter; 0 when there is none
	AverageNS int64   // of the power reading; 0 is instantaneous
	Gain      float64 // of the power reading
}

const ms = int64(1e6)

// Sensors are the rows of the second table.
func Sensors() []Sensor {
	return []Sensor{
		{"counter 10 ms, instant power, 100 Hz", 10 * ms, 10 * ms, 0, 1},
		{"counter 20 ms, instant power, 10 Hz", 100 * ms, 20 * ms, 0, 1},
		{"counter 20 ms, instant power +5 %, 10 Hz", 100 * ms, 20 * ms, 0, 1.05},
		{"counter 100 ms, instant power, 10 Hz", 100 * ms, 100 * ms, 0, 1},
		{"counter 100 ms, instant power −5 %, 50 Hz", 20 * ms, 100 * ms, 0, 0.95},
		{"counter 100 ms, 1 s average, 10 Hz", 100 * ms, 100 * ms, 1000 * ms, 1},
		{"instant power only, 10 Hz", 100 * ms, 0, 0, 1},
		{"instant power only +5 %, 50 Hz", 20 * ms, 0, 0, 1.05},
		{"1 s average only, 10 Hz", 100 * ms, 0, 1000 * ms, 1},
	}
}

// Joules is the true energy up to a time.
func (t *Trace) joules(ns int64) float64 {
	i := sort.Search(len(t.NS), func(i int) bool { return t.NS[i] > ns }) - 1
	if i < 0 {
		return 0
	}
	if i == len(t.Watts) {
		return t.Joules[i]
	}
	return t.Joules[i] + t.Watts[i]*float64(ns-t.NS[i])/1e9
}

func (t *Trace) watts(ns int64) float64 {
	i := sort.Search(len(t.NS), func(i int) bool { return t.NS[i] > ns }) - 1
	if i < 0 || i >= len(t.Watts) {
		return t.Watts[len(t.Watts)-1]
	}
	return t.Watts[i]
}

func (t *Trace) endNS() int64 { return t.NS[len(t.NS)-1] }

// Read samples the trace, with a tick that is up to 2 % late and a counter whose
// updates have a phase of their own.
func (s Sensor) Read(t *Trace) []attribution.Sample {
	r := rand.New(rand.NewPCG(11, 13))
	phase := int64(0)
	if s.StepNS > 0 {
		phase = r.Int64N(s.StepNS)
	}
	var out []attribution.Sample
	for at := s.AverageNS; at <= t.endNS(); at += s.PeriodNS {
		ns := at + r.Int64N(s.PeriodNS/50)
		x := attribution.Sample{TimeNS: ns, PowerMW: int64(t.watts(ns) * s.Gain * 1000), EnergyMJ: event.Missing}
		if s.AverageNS > 0 {
			x.PowerMW = int64((t.joules(ns) - t.joules(ns-s.AverageNS)) / (float64(s.AverageNS) / 1e9) * s.Gain * 1000)
		}
		if s.StepNS > 0 {
			x.EnergyMJ = 5_000_000 + int64(t.joules((ns-phase)/s.StepNS*s.StepNS+phase)*1000)
		}
		out = append(out, x)
	}
	return out
}
