package emission_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

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

func ExampleTable_Lookup() {
	mine := emission.GramsPerKWh(25)
	for _, place := range []emission.Place{
		{Country: "USA", Region: "texas", CloudProvider: "gcp", CloudRegion: "us-south1", Force: &mine},
		{Country: "USA", Region: "texas", CloudProvider: "gcp", CloudRegion: "us-south1"},
		{Country: "USA", CloudProvider: "gcp", CloudRegion: "us-south1"},
		{Country: "USA"},
		{Country: "SWE", Region: "SE3"},
		{Country: "DEU", Region: "bavaria"},
		{},
	} {
		grid, err := emission.Default().Lookup(place)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.1f %s: %s %d\n", grid.Value, grid.Place, grid.Source, grid.Year)
		if grid.Note != "" {
			fmt.Println(grid.Note)
		}
	}
	// Output:
	// 25.0 as configured: user 0
	// 476.1 Texas, United States: US EPA eGRID 2016
	// 321.0 Dallas: Google Cloud region carbon data 2023
	// 369.5 United States: Our World in Data / Ember 2023
	// 18.0 Stockholm, Sweden: Nordic bidding zones 2024
	// 380.9 Germany: Our World in Data / Ember 2023
	// no regional figure for bavaria, so the country's is used
	// 475.0 World average: IEA 2019
}

func ExampleUnknownPlaceError() {
	_, err := emission.Default().Lookup(emission.Place{Country: "CAN", Region: "ontaria"})
	fmt.Println(err)
	// Output:
	// no carbon intensity for region "ontaria"; did you mean ON (Ontario)?
}

func ExampleReadProfile() {
	profile, err := emission.ReadProfile("site.csv", strings.NewReader(`time,g_per_kwh
2026-11-24T11:00:00Z,302
2026-11-24T12:00:00Z,255.5
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	grid, err := profile.Intensity(context.Background(), emission.Place{}, time.Date(2026, 11, 24, 11, 40, 0, 0, time.UTC))
	fmt.Println(grid.Value, grid.Source, grid.From.Format(time.Kitchen), grid.To.Format(time.Kitchen), err)
	_, err = profile.Intensity(context.Background(), emission.Place{}, time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	fmt.Println(errors.Is(err, emission.ErrNoFigure))
	// Output:
	// 302 site.csv 11:00AM 12:00PM <nil>
	// true
}

func ExampleElectricityMaps_Intensity() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"zone":"DE","carbonIntensity":302,"datetime":"2026-11-24T11:00:00Z","emissionFactorType":"lifecycle","isEstimated":true,"estimationMethod":"TIME_SLICER_AVERAGE"}`)
	}))
	defer service.Close()
	live := emission.NewElectricityMaps(service.URL, "token", service.Client())
	grid, err := live.Intensity(context.Background(), emission.Place{Zone: "DE"}, time.Date(2026, 11, 24, 11, 40, 0, 0, time.UTC))
	fmt.Println(grid.Value, grid.Place, grid.Source, grid.Estimated, grid.EstimationMethod, err)
	// Output:
	// 302 DE Electricity Maps 2026-11-24T11:00:00Z (lifecycle) true TIME_SLICER_AVERAGE <nil>
}

func ExampleEmbodied_Share() {
	made := emission.Embodied{PerDevice: 150_000, Lifetime: 4 * 365 * 24 * time.Hour}
	fmt.Printf("%.1f g\n", made.Share(8, time.Hour))
	// Output:
	// 34.2 g
}
