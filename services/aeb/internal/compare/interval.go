package compare

import (
	"math"
	"slices"
)

// Interval bounds a figure. A side that the values do not bound is nil.
type Interval struct {
	Low  *float64 `json:"low,omitempty"`
	High *float64 `json:"high,omitempty"`
}

// z95 is the standard normal's quantile for a two-sided 95 %.
const z95 = 1.959964

// leastSamples is below where the normal approximation says nothing.
const leastSamples = 5

// overlap reports whether a and b have a value in common.
func overlap(a, b Interval) bool {
	below := func(high, low *float64) bool { return high != nil && low != nil && *high < *low }
	return !below(a.High, b.Low) && !below(b.High, a.Low)
}

// quantile bounds the quantile q of which values are a sample, by order
// statistics: no assumption about the distribution. What may be lower or higher
// than it was read is given as bounds of each value.
func quantile(low, high []float64, q float64) *Interval {
	n := float64(len(low))
	if len(low) < leastSamples {
		return nil
	}
	low, high = slices.Sorted(slices.Values(low)), slices.Sorted(slices.Values(high))
	reach := z95 * math.Sqrt(n*q*(1-q))
	var out Interval
	if i := int(math.Floor(n*q - reach)); i >= 1 {
		out.Low = &low[i-1]
	}
	if i := int(math.Ceil(n*q + reach)); i < len(high) {
		out.High = &high[i]
	}
	return &out
}

func exact(values []float64, q float64) *Interval { return quantile(values, values, q) }

// perRequestJ bounds a quantile of the energy of a request; as the figure itself,
// without warm-up and cool-down.
func (s Samples) perRequestJ(q float64) *Interval {
	var low, high []float64
	for _, e := range s.Energy {
		if !e.Apart {
			low, high = append(low, e.LowJ), append(high, e.HighJ)
		}
	}
	return quantile(low, high, q)
}

// ratio bounds Σ energy / Σ per, for another scale, by the spread of a ratio of
// sums: its variance is that of J − R·per over the requests. Bounds of single
// shares are left out, since what one request is given too much another lacks.
func (s Samples) ratio(scale float64, per func(Energy) float64) *Interval {
	var sumJ, sumPer, n float64
	for _, e := range s.Energy {
		if p := per(e); p > 0 {
			sumJ, sumPer, n = sumJ+e.J, sumPer+p, n+1
		}
	}
	if n < leastSamples || sumPer == 0 {
		return nil
	}
	r := sumJ / sumPer
	var squares float64
	for _, e := range s.Energy {
		if p := per(e); p > 0 {
			squares += (e.J - r*p) * (e.J - r*p)
		}
	}
	reach := z95 * math.Sqrt(squares/(n-1)*n) / sumPer
	low, high := (r-reach)*scale, (r+reach)*scale
	return &Interval{Low: &low, High: &high}
}
