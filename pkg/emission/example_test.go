package emission_test

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
)

func Example() {
	grid, err := emission.Default().Lookup(emission.Place{Country: "USA", Region: "california"})
	if err != nil {
		fmt.Println(err)
		return
	}
	bill := emission.Factors{Intensity: grid, PUE: 1.2}.Price(emission.Joules(7.2e6).WattHours())
	fmt.Printf("%.1f g CO2e at %.1f g/kWh (%s, %s %d)\n", bill.CO2e, grid.Value, grid.Place, grid.Source, grid.Year)
	// Output:
	// 492.6 g CO2e at 205.3 g/kWh (California, United States, US EPA eGRID 2016)
}
