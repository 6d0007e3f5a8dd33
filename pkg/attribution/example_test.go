package attribution_test

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

const second = int64(1e9)

// steady is a device at constant power, read ten times a second.
func steady(milliwatts int64, seconds int) []attribution.Sample {
	var out []attribution.Sample
	for i := range 10*seconds + 1 {
		out = append(out, attribution.Sample{
			TimeNS: int64(i) * second / 10, PowerMW: milliwatts, EnergyMJ: event.Missing,
		})
	}
	return out
}

// A GPU draws 100 W for ten seconds, 40 W of which it would draw idle. One
// request runs from second 1 to 7, another from 4 to 9. While both run they
// share: 3 s × 100 W / 2 each.
func ExampleEngine() {
	e, err := attribution.NewEngine(attribution.Options{Methods: []string{attribution.EqualShare}})
	if err != nil {
		panic(err)
	}
	_ = e.AddDevice(attribution.Device{ID: "gpu", Provenance: event.Measured, IdlePowerMW: 40_000})
	_ = e.AddPower("gpu", steady(100_000, 10))
	for _, r := range []attribution.Request{
		{ID: "a", StartNS: 1 * second, FirstTokenNS: 2 * second, EndNS: 7 * second},
		{ID: "b", StartNS: 4 * second, FirstTokenNS: 6 * second, EndNS: 9 * second},
	} {
		r.Attempt, r.Devices, r.Account = 1, []string{"gpu"}, "ok"
		r.QueueNS, r.InputTokens, r.OutputTokens = event.Missing, 100, 50
		_ = e.AddRequest(r)
	}
	result, err := e.Close(0, 10*second)
	if err != nil {
		panic(err)
	}
	for _, s := range result.Shares {
		fmt.Printf("%s: %.0f J = %.0f dynamic + %.0f idle = %.0f prefill + %.0f decode\n",
			s.RequestID, s.EnergyJ, s.DynamicJ, s.IdleJ, s.PrefillJ, s.DecodeJ)
	}
	l := result.Ledgers[len(result.Ledgers)-1]
	fmt.Printf("%.0f J measured = %.0f requests + %.0f idle\n", l.MeasuredJ, l.RequestsJ, l.IdleJ)
	// Output:
	// a: 450 J = 270 dynamic + 180 idle = 100 prefill + 350 decode
	// b: 350 J = 210 dynamic + 140 idle = 100 prefill + 250 decode
	// 1000 J measured = 800 requests + 200 idle
}

// Shares come out as soon as no later input can change them.
func ExampleEngine_Advance() {
	e, err := attribution.NewEngine(attribution.Options{Methods: []string{attribution.EqualShare}})
	if err != nil {
		panic(err)
	}
	_ = e.AddDevice(attribution.Device{ID: "gpu", Provenance: event.Measured, IdlePowerMW: event.Missing})
	power := steady(100_000, 10)
	_ = e.AddPower("gpu", power[:60])
	_ = e.AddRequest(attribution.Request{
		ID: "a", Attempt: 1, Devices: []string{"gpu"}, Account: "ok",
		StartNS: 1 * second, FirstTokenNS: 2 * second, EndNS: 4 * second,
		QueueNS: event.Missing, InputTokens: event.Missing, OutputTokens: event.Missing,
	})
	for _, s := range e.Advance(6 * second) {
		fmt.Printf("%s: %.0f J\n", s.RequestID, s.EnergyJ)
	}
	_ = e.AddPower("gpu", power[60:])
	result, err := e.Close(0, 10*second)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d shares left, %.0f J measured\n", len(result.Shares), result.Ledgers[0].MeasuredJ)
	// Output:
	// a: 300 J
	// 0 shares left, 1000 J measured
}
