package result

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// declared adds what follows from declared figures: a price, and what making the
// accelerators emitted. Without accelerators there is nothing to spread.
func declared(out *event.Emissions, m config.Metrics, s event.Summary) {
	if m.ElectricityPricePerKWh > 0 {
		tariff := emission.Tariff{PerKWh: m.ElectricityPricePerKWh, Currency: m.Currency}
		out.ElectricityPricePerKWh, out.Currency = &tariff.PerKWh, tariff.Currency
		out.Cost = new(tariff.Cost(emission.WattHours(*s.Energy.TotalWh), m.PUE))
	}
	accelerators := 0
	for _, d := range s.Devices {
		if d.Kind == event.KindGPU {
			accelerators++
		}
	}
	if e := m.Embodied; e != nil && accelerators > 0 {
		made := emission.Embodied{
			PerDevice: emission.Grams(e.KgCO2ePerDevice * 1000),
			Lifetime:  time.Duration(e.LifetimeH * float64(time.Hour)),
			Source:    e.Source,
		}
		used := time.Duration(s.DurationS * float64(time.Second))
		out.EmbodiedGCO2e, out.EmbodiedSource = new(float64(made.Share(accelerators, used))), made.Source
	}
}
