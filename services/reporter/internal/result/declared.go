package result

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// declared adds what follows from declared figures: a price, and what making the
// accelerators emitted. Without accelerators there is nothing to spread.
func declared(out *event.Emissions, m config.Metrics, s event.Summary, bill emission.Bill) {
	if price := m.ElectricityPricePerKWh; price > 0 {
		out.ElectricityPricePerKWh, out.Currency = &price, m.Currency
		out.Cost = new(emission.PricePerKWh(price).Of(bill.Facility))
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
		}
		used := time.Duration(s.DurationS * float64(time.Second))
		out.EmbodiedGCO2e, out.EmbodiedSource = new(float64(made.Share(accelerators, used))), e.Source
	}
}
