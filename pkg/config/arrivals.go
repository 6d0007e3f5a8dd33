package config

import "math"

// OpenLoop reports whether requests are due at times of their own, whatever the
// server does.
func (l Load) OpenLoop() bool { return l.Type != LoadClosed }

// hasRate reports whether the type draws arrivals from RatePerS or Stages.
func (l Load) hasRate() bool {
	return l.Type == LoadConstant || l.Type == LoadPoisson || l.Type == LoadGamma
}

// Stage is a stretch of an open loop with its own rate, or of a closed loop with its
// own concurrency.
type Stage struct {
	// Name is what the stage is called in results, beside its number.
	Name string `yaml:"name" json:"name,omitempty"`
	// RatePerS is the rate at the stage's end. FromRatePerS is the rate at its
	// beginning, for a ramp; without it the rate is the same throughout.
	RatePerS     float64  `yaml:"rate_per_s" json:"rate_per_s,omitempty"`
	FromRatePerS *float64 `yaml:"from_rate_per_s" json:"from_rate_per_s,omitempty"`
	// Shape of a ramp is "linear" (the default) or "exponential".
	Shape string `yaml:"shape" json:"shape,omitempty"`
	// DurationS is the stage's length. The last stage may leave it out, and then
	// goes on until the prompts are used up.
	DurationS float64 `yaml:"duration_s" json:"duration_s,omitempty"`
	// Concurrency is the number in flight of a closed loop's stage, over all driver
	// replicas. The stage ends after DurationS, or once Requests more have finished.
	Concurrency int64 `yaml:"concurrency" json:"concurrency,omitempty"`
	Requests    int64 `yaml:"requests" json:"requests,omitempty"`
}

// The shapes of a ramp.
const (
	RampLinear      = "linear"
	RampExponential = "exponential"
)

// StageAt is the stage of a moment of an open loop, given in seconds from the load's
// beginning, counted from 1; 0 where the load has no stages.
func (l Load) StageAt(s float64) int {
	for i, stage := range l.Stages {
		if s -= stage.DurationS; s < 0 || i == len(l.Stages)-1 {
			return i + 1
		}
	}
	return 0
}

// StageName is what a stage is called, counted from 1; empty when it has no name.
func (l Load) StageName(stage int) string {
	if stage < 1 || stage > len(l.Stages) {
		return ""
	}
	return l.Stages[stage-1].Name
}

func (l Load) checkArrivals(c *checks) {
	switch {
	case l.Type == LoadClosed:
		c.require("load.rate_per_s", l.RatePerS == 0, "a closed loop has no rate; set load.type to constant, poisson or gamma")
		c.require("load.duration_s", len(l.Stages) == 0 || l.DurationS == 0, "the stages have lengths of their own")
		for i, s := range l.Stages {
			s.checkClosed(c, indexPath("load.stages", i)+".", i == len(l.Stages)-1)
		}
	case l.hasRate() && len(l.Stages) == 0:
		c.positive("load.rate_per_s", l.RatePerS)
	case l.hasRate():
		c.require("load.rate_per_s", l.RatePerS == 0, "the stages have rates of their own")
		for i, s := range l.Stages {
			s.check(c, indexPath("load.stages", i)+".", i == len(l.Stages)-1)
		}
	default:
		c.require("load.rate_per_s", l.RatePerS == 0, "load.type %s has no rate", l.Type)
		c.require("load.stages", len(l.Stages) == 0, "load.type %s has no rate", l.Type)
	}
	if l.Type == LoadGamma {
		// Below a hundredth nearly all requests come in one burst, above a
		// hundred the gaps are even to a tenth: constant.
		c.between("load.burstiness", l.Burstiness, 0.01, 100)
	} else {
		c.require("load.burstiness", l.Burstiness == 0, "needs load.type gamma")
	}
	if l.Type == LoadTrace {
		c.positive("load.time_scale", l.TimeScale)
	} else {
		c.require("load.time_scale", l.TimeScale == 0, "needs load.type trace")
	}
}

func (l Load) checkBounds(c *checks, samples int64) {
	c.atLeast("load.warmup", l.Warmup, 0)
	c.require("load.warmup", samples < 1 || l.Warmup < samples, "%d of %d requests would leave none to measure", l.Warmup, samples)
	c.share("load.warmup_share", l.WarmupShare)
	c.between("load.warmup_s", l.WarmupS, 0, maxTimeoutS)
	c.between("load.duration_s", l.DurationS, 0, maxTimeoutS)
	c.require("load.warmup_s", l.DurationS == 0 || l.WarmupS < l.DurationS, "%g of %g seconds would leave none to measure", l.WarmupS, l.DurationS)
	c.require("load.warmup", oneAtMost(l.Warmup > 0, l.WarmupShare > 0, l.WarmupS > 0), "warmup, warmup_share and warmup_s are three ways to say one thing: set one")
}

func (s Stage) check(c *checks, base string, last bool) {
	c.require(base+"concurrency", s.Concurrency == 0 && s.Requests == 0, "concurrency and requests need load.type closed")
	c.require(base+"rate_per_s", s.RatePerS >= 0 && !math.IsInf(s.RatePerS, 0), "%g is negative", s.RatePerS)
	if !last || s.DurationS != 0 {
		c.timeout(base+"duration_s", s.DurationS)
	}
	if s.FromRatePerS == nil {
		c.require(base+"shape", s.Shape == "", "needs from_rate_per_s")
		c.require(base+"rate_per_s", !last || s.DurationS != 0 || s.RatePerS > 0, "a last stage without duration_s needs arrivals")
		return
	}
	c.between(base+"from_rate_per_s", *s.FromRatePerS, 0, math.Inf(1))
	c.require(base+"duration_s", s.DurationS > 0, "a ramp needs a length")
	if s.Shape != "" {
		c.oneOf(base+"shape", s.Shape, RampLinear, RampExponential)
	}
	c.require(base+"shape", s.Shape != RampExponential || *s.FromRatePerS > 0 && s.RatePerS > 0, "an exponential ramp has no rate of 0")
}
