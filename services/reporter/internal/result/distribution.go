package result

import (
	"math"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// distribution describes values, which it sorts; nil when there are none.
// Percentiles interpolate linearly between the closest ranks (definition 7 of
// Hyndman and Fan 1996), as NumPy's default does.
func distribution(values []float64) *event.Distribution {
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	sum, lost := 0.0, 0.0
	for _, v := range values {
		// Neumaier's sum: the mean of a million small values keeps its digits.
		next := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			lost += (sum - next) + v
		} else {
			lost += (v - next) + sum
		}
		sum = next
	}
	p := func(q float64) float64 { return percentile(values, q) }
	return &event.Distribution{
		Count: int64(len(values)), Mean: (sum + lost) / float64(len(values)), Min: values[0], Max: values[len(values)-1],
		P1: p(1), P5: p(5), P10: p(10), P25: p(25), P50: p(50), P75: p(75), P90: p(90), P95: p(95), P99: p(99), P999: p(99.9),
	}
}

// percentile of sorted values, q from 0 to 100.
func percentile(sorted []float64, q float64) float64 {
	rank := q / 100 * float64(len(sorted)-1)
	low := int(math.Floor(rank))
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	part := rank - float64(low)
	between := sorted[low] + float64(part*(sorted[low+1]-sorted[low]))
	// Rounding must not lead out of the two.
	return min(max(between, sorted[low]), sorted[low+1])
}
