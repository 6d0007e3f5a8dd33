package arrival

import (
	"math"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// profile is a rate over time: stages one after another.
type profile []stage

// stage is a stretch of it. lasts is +Inf for one without end.
type stage struct {
	from, to    float64 // requests per second
	lasts       float64 // seconds
	exponential bool
}

func profileOf(load config.Load) profile {
	if len(load.Stages) == 0 {
		return profile{{from: load.RatePerS, to: load.RatePerS, lasts: math.Inf(1)}}
	}
	out := make(profile, len(load.Stages))
	for i, s := range load.Stages {
		out[i] = stage{from: s.RatePerS, to: s.RatePerS, lasts: s.DurationS, exponential: s.Shape == config.RampExponential}
		if s.FromRatePerS != nil {
			out[i].from = *s.FromRatePerS
		}
		if s.DurationS == 0 {
			out[i].lasts = math.Inf(1)
		}
	}
	return out
}

// reaches is the time at which so many requests are due, that is, at which the
// rate's integral reaches count; false when it never does.
func (p profile) reaches(count float64) (seconds float64, ok bool) {
	for _, s := range p {
		total := s.total()
		if count < total {
			return seconds + s.reaches(count), true
		}
		count -= total
		seconds += s.lasts
	}
	return 0, false
}

// total is the integral of the rate over the stage.
func (s stage) total() float64 {
	switch {
	case s.from == s.to:
		if s.from == 0 {
			return 0 // however long
		}
		return s.from * s.lasts
	case s.exponential:
		return (s.to - s.from) * s.lasts / math.Log(s.to/s.from)
	}
	return (s.from + s.to) / 2 * s.lasts
}

// reaches solves ∫r = count within the stage.
//
//	constant     r = a                  t = count/a
//	linear       r = a + (b-a)·t/T      t = 2·count / (a + √(a² + 2·count·(b-a)/T))
//	exponential  r = a·e^(g·t)          t = ln(1 + count·g/a) / g,  g = ln(b/a)/T
func (s stage) reaches(count float64) float64 {
	switch {
	case s.from == s.to:
		return count / s.from
	case s.exponential:
		growth := math.Log(s.to/s.from) / s.lasts
		return math.Log1p(count*growth/s.from) / growth
	case count == 0:
		return 0
	}
	root := s.from*s.from + 2*count*(s.to-s.from)/s.lasts
	return 2 * count / (s.from + math.Sqrt(max(0, root)))
}
