package emission

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPriceOfTheFacilitysEnergy(t *testing.T) {
	bill := Factors{PUE: 1.2}.Price(1000)
	require.InEpsilon(t, 0.3, PricePerKWh(0.25).Of(bill.Facility), 1e-12)
	require.Zero(t, PricePerKWh(0).Of(bill.Facility))
}

// Using one device for its whole life takes its whole footprint, and shares of time
// add up.
func TestEmbodiedAddsUpOverALife(t *testing.T) {
	e := Embodied{PerDevice: 150_000, Lifetime: 4 * 365 * 24 * time.Hour}
	require.InEpsilon(t, 150_000, float64(e.Share(1, e.Lifetime)), 1e-12)
	rapid.Check(t, func(r *rapid.T) {
		a := time.Duration(rapid.Int64Range(1, 1e15).Draw(r, "a"))
		b := time.Duration(rapid.Int64Range(1, 1e15).Draw(r, "b"))
		n := rapid.IntRange(1, 64).Draw(r, "devices")
		require.InEpsilon(r, float64(e.Share(n, a+b)), float64(e.Share(n, a)+e.Share(n, b)), 1e-9)
	})
}
