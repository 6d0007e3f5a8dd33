package emission

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// placesFile is what testdata/places.py printed with the codecarbon release that
// its first column names: 12.5 kWh at PUE 1.25 and WUE 1.8 L/kWh in 20 places,
// through CodeCarbon's own arithmetic. `go tool task real:codecarbon` makes it anew.
const placesFile = "testdata/places.csv"

// theirs is one place as CodeCarbon prices it.
type theirs struct {
	place             Place
	kWh, pue, wue     float64
	kilograms, litres float64
}

func readPlaces(t *testing.T, text string) []theirs {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		return v
	}
	out := make([]theirs, 0, len(records))
	for _, r := range records[1:] {
		out = append(out, theirs{
			place: Place{Country: r[1], Region: r[2], CloudProvider: r[3], CloudRegion: r[4]},
			kWh:   number(r[5]), pue: number(r[6]), wue: number(r[7]), kilograms: number(r[8]), litres: number(r[9]),
		})
	}
	return out
}

func placeName(p Place) string {
	return strings.Trim(strings.Join([]string{p.Country, p.Region, p.CloudProvider, p.CloudRegion}, " "), " ")
}

// TestTwentyPlaces: the same inputs through CodeCarbon's emissions arithmetic and
// ours are equal to six digits. Its water has the PUE multiplied in and ours has
// not (see Factors.Price), so ours × PUE is held to it.
func TestTwentyPlaces(t *testing.T) {
	text, err := os.ReadFile(placesFile)
	require.NoError(t, err)
	places := readPlaces(t, string(text))
	require.Len(t, places, 20)
	for _, c := range places {
		t.Run(placeName(c.place), func(t *testing.T) {
			i, err := Default().Lookup(c.place)
			require.NoError(t, err)
			require.NotEmpty(t, i.Source)
			require.NotZero(t, i.Year)
			require.Empty(t, i.Note, "a figure of the place itself")
			bill := Factors{Intensity: i, PUE: c.pue, WUE: LitresPerKWh(c.wue)}.Price(WattHours(c.kWh * 1000))
			require.InEpsilon(t, c.kilograms, float64(bill.CO2e)/1000, 5e-7)
			require.Equal(t, sixDigits(c.kilograms), sixDigits(float64(bill.CO2e)/1000))
			require.Equal(t, sixDigits(c.litres), sixDigits(float64(bill.Water)*c.pue))
		})
	}
}

func sixDigits(v float64) string { return strconv.FormatFloat(v, 'e', 5, 64) }
