package result

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPercentileIsTheDefinition(t *testing.T) {
	values := []float64{10, 20, 30, 40}
	// NumPy: np.percentile([10, 20, 30, 40], q).
	for q, want := range map[float64]float64{0: 10, 25: 17.5, 50: 25, 75: 32.5, 90: 37, 100: 40} {
		require.InDelta(t, want, percentile(values, q), 1e-12, "p%g", q)
	}
	require.Nil(t, distribution(nil))
}

func TestDistributionLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e12, 1e12), 1, 200).Draw(t, "values")
		shuffled := rapid.Permutation(values).Draw(t, "order")
		d := distribution(slices.Clone(values))
		require.Equal(t, d, distribution(shuffled), "order does not matter")
		ladder := []float64{d.Min, d.P1, d.P5, d.P10, d.P25, d.P50, d.P75, d.P90, d.P95, d.P99, d.P999, d.Max}
		require.True(t, slices.IsSorted(ladder), "%v", ladder)
		require.GreaterOrEqual(t, d.Mean, d.Min-1e-3)
		require.LessOrEqual(t, d.Mean, d.Max+1e-3)
		require.EqualValues(t, len(values), d.Count)
		if q := rapid.Float64Range(0, 100).Draw(t, "q"); len(values) > 1 {
			sorted := slices.Sorted(slices.Values(values))
			got := percentile(sorted, q)
			// At most a q-th of the values lie below, and at most the rest above.
			below, above := 0, 0
			for _, v := range sorted {
				if v < got {
					below++
				}
				if v > got {
					above++
				}
			}
			rank := q / 100 * float64(len(values)-1)
			require.LessOrEqual(t, float64(below), rank+1+1e-9)
			require.LessOrEqual(t, float64(above), float64(len(values))-rank+1e-9)
		}
	})
}
