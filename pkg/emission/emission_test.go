package emission

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLookupOrder(t *testing.T) {
	table := Default()
	force := GramsPerKWh(12)
	everything := Place{Force: &force, Country: "USA", Region: "texas", CloudProvider: "gcp", CloudRegion: "us-south1"}
	f := func(want GramsPerKWh, place string, change func(*Place)) {
		t.Helper()
		change(&everything)
		i, err := table.Lookup(everything)
		require.NoError(t, err)
		require.InDelta(t, float64(want), float64(i.Value), 0)
		require.Equal(t, place, i.Place)
	}
	f(12, "as configured", func(*Place) {})
	f(476.057439, "Texas, United States", func(p *Place) { p.Force = nil })
	f(321, "Dallas", func(p *Place) { p.Region = "" })
	f(369.473, "United States", func(p *Place) { p.CloudProvider, p.CloudRegion = "", "" })
	f(475, "World average", func(p *Place) { p.Country = "" })
}

func TestUnknownPlaces(t *testing.T) {
	f := func(p Place, want string) {
		t.Helper()
		_, err := Default().Lookup(p)
		require.ErrorIs(t, err, ErrUnknownPlace)
		require.EqualError(t, err, want)
	}
	f(Place{Country: "US"}, `no carbon intensity for country "US"; did you mean USA (United States)?`)
	f(Place{Country: "Germany"}, `no carbon intensity for country "Germany"; did you mean DEU (Germany)?`)
	f(Place{Country: "XQZ", Region: "texas"}, `no carbon intensity for country "XQZ"`)
	f(Place{Country: "USA", Region: "californa"}, `no carbon intensity for region "californa"; did you mean CA (California)?`)
	f(Place{Country: "CAN", Region: "ontaria"}, `no carbon intensity for region "ontaria"; did you mean ON (Ontario)?`)
	f(Place{Region: "ontario"}, `no carbon intensity for region "ontario"; did you mean ON (Ontario)?`)
	f(Place{CloudProvider: "gcp", CloudRegion: "europe-west99"}, `no carbon intensity for cloud region "gcp/europe-west99"; did you mean gcp/europe-west9 (Paris), gcp/europe-west1 (St. Ghislain), gcp/europe-west10 (Berlin)?`)
}

// Where nobody publishes finer figures the coarser one stands in, and says so.
func TestCoarserFiguresSaySo(t *testing.T) {
	i, err := Default().Lookup(Place{Country: "DEU", Region: "bavaria"})
	require.NoError(t, err)
	require.Equal(t, "Germany", i.Place)
	require.Equal(t, "no regional figure for bavaria, so the country's is used", i.Note)

	i, err = Default().Lookup(Place{Country: "IRL", CloudProvider: "aws", CloudRegion: "eu-west-1"})
	require.NoError(t, err)
	require.Equal(t, "Ireland", i.Place)
	require.Contains(t, i.Note, "aws")
}

func TestSpellings(t *testing.T) {
	for _, region := range []string{"new_york", "New York", "NEW-YORK", "ny", " new  york "} {
		i, err := Default().Lookup(Place{Country: "usa", Region: region})
		require.NoError(t, err, region)
		require.Equal(t, "USA/NY", i.Code)
	}
	i, err := Default().Lookup(Place{Country: "CAN", Region: "Québec"})
	require.NoError(t, err)
	require.Equal(t, "CAN/QC", i.Code)
}

// Every row of the table is reachable by its own code and name.
func TestEveryRowIsReachable(t *testing.T) {
	table := Default()
	counts := map[scope]int{}
	for _, r := range table.rows {
		counts[r.scope]++
		var p Place
		switch r.scope {
		case scopeWorld:
		case scopeCountry:
			p = Place{Country: r.code}
		case scopeRegion:
			p = Place{Country: r.country, Region: r.name}
		case scopeCloud:
			p = Place{CloudProvider: r.code[:3], CloudRegion: r.code[4:]}
		}
		i, err := table.Lookup(p)
		require.NoError(t, err, r)
		require.Equal(t, r.value, i.Value, r)
		require.Equal(t, r.source, i.Source)
		require.Equal(t, r.year, i.Year)
	}
	require.Equal(t, map[scope]int{scopeWorld: 1, scopeCountry: 213, scopeRegion: 51 + 13 + 10, scopeCloud: 40}, counts)
}

func TestUnits(t *testing.T) {
	require.InDelta(t, 1, float64(Joules(3600).WattHours()), 0)
	require.InDelta(t, 0.5, float64(GramsPerKWh(500).Of(1)), 1e-15)
}

func TestImpossibleForcedValues(t *testing.T) {
	for _, value := range []GramsPerKWh{-1, GramsPerKWh(math.NaN()), GramsPerKWh(math.Inf(1))} {
		_, err := Default().Lookup(Place{Force: &value})
		require.ErrorIs(t, err, ErrFactor)
	}
}

func TestReadTableRefuses(t *testing.T) {
	const head = "scope,country,code,name,g_per_kwh,year,source\n"
	const world = "world,,WORLD,World,475,2019,IEA\n"
	for name, text := range map[string]string{
		"empty": "", "no header": world, "no world": head, "two worlds": head + world + world,
		"negative": head + "country,A,AAA,A,-1,2020,s\n" + world, "year": head + "country,A,AAA,A,1,20,s\n" + world,
		"scope": head + "planet,A,AAA,A,1,2020,s\n" + world, "no source": head + "country,A,AAA,A,1,2020,\n" + world,
		"twice": head + "country,A,AAA,A,1,2020,s\ncountry,A,AAA,A,1,2020,s\n" + world,
	} {
		_, err := ReadTable([]byte(text))
		require.Error(t, err, name)
	}
}

// Pricing is linear: parts add up to the whole, and k times the energy costs k
// times as much.
func TestPriceIsLinear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Factors{
			Intensity: Intensity{Value: GramsPerKWh(rapid.Float64Range(0, 1500).Draw(t, "intensity"))},
			PUE:       rapid.Float64Range(1, 3).Draw(t, "pue"),
			WUE:       LitresPerKWh(rapid.Float64Range(0, 10).Draw(t, "wue")),
		}
		a := WattHours(rapid.Float64Range(0, 1e9).Draw(t, "a"))
		b := WattHours(rapid.Float64Range(0, 1e9).Draw(t, "b"))
		k := rapid.Float64Range(0, 1e3).Draw(t, "k")
		near := func(what string, got, want float64) {
			// The second term is for denormals, which have fewer digits.
			if math.Abs(got-want) > 1e-12*math.Abs(want)+1e-200 {
				t.Fatalf("%s: %g, want %g", what, got, want)
			}
		}
		sum := f.Price(a + b)
		near("CO2e", float64(f.Price(a).CO2e+f.Price(b).CO2e), float64(sum.CO2e))
		near("water", float64(f.Price(a).Water+f.Price(b).Water), float64(sum.Water))
		near("scaled", float64(f.Price(WattHours(k*float64(a))).CO2e), k*float64(f.Price(a).CO2e))
		if sum.Facility < sum.Energy {
			t.Fatal("the facility uses less than its machines")
		}
	})
}
