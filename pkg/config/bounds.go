package config

import (
	"math"
	"slices"
)

// Retries say which failed requests are sent again. Each attempt is a record of its
// own, with its own energy, and only the last one counts for fail_fast and the
// error bounds.
type Retries struct {
	// Max is how often a request is sent again at most.
	Max int `yaml:"max" json:"max"`
	// Classes are the error classes that are worth it: connect, timeout, overload,
	// server_error, error_in_stream, broken_stream, malformed_chunk or
	// empty_completion.
	Classes []string `yaml:"classes" json:"classes"`
	// DelayS is the wait before each further attempt, in seconds.
	DelayS float64 `yaml:"delay_s" json:"delay_s"`
}

// retryable are the classes that another attempt may mend.
var retryable = []string{
	"connect", "timeout", "overload", "server_error", "error_in_stream", "broken_stream", "malformed_chunk", "empty_completion",
}

// Again reports whether a request that failed with a class, after so many retries,
// is sent again.
func (r *Retries) Again(class string, retried int) bool {
	return r != nil && retried < r.Max && slices.Contains(r.Classes, class)
}

// Attempts is how many attempts one delivery of a prompt may take.
func (r *Retries) Attempts() int {
	if r == nil {
		return 1
	}
	return 1 + r.Max
}

const (
	maxRetries = 10
	maxDelayS  = 3600
)

func (r *Retries) check(c *checks) {
	if r == nil {
		return
	}
	c.require("load.retries.max", r.Max >= 1 && r.Max <= maxRetries, "%d is not between 1 and %d", r.Max, maxRetries)
	c.require("load.retries.classes", len(r.Classes) > 0, "at least one is needed: retries are declared")
	for i, class := range r.Classes {
		c.oneOf(indexPath("load.retries.classes", i), class, retryable...)
	}
	c.between("load.retries.delay_s", r.DelayS, 0, maxDelayS)
}

// OpenEnd reports whether the load ends by time, with prompts for as long as it
// takes, so that nobody knows beforehand how many there will be.
func (l Load) OpenEnd() bool { return l.LengthS() > 0 || l.staged() && !l.stagesCount() }

// LengthS is how long the load takes by its own account, in seconds; 0 when that
// is not known beforehand.
func (l Load) LengthS() float64 {
	if l.DurationS > 0 || len(l.Stages) == 0 {
		return l.DurationS
	}
	sum := 0.0
	for _, s := range l.Stages {
		if s.DurationS == 0 {
			return 0
		}
		sum += s.DurationS
	}
	return sum
}

func (l Load) checkCooldown(c *checks, samples int64) {
	c.atLeast("load.cooldown", l.Cooldown, 0)
	c.require("load.cooldown", l.Cooldown == 0 || samples < 1 || l.Warmup+l.Cooldown < samples, "%d of %d requests would leave none to measure", l.Warmup+l.Cooldown, samples)
	c.require("load.cooldown", l.Cooldown == 0 || !l.OpenEnd(), "which requests are the last ones is not known of a load that ends by time: use cooldown_s or cooldown_share")
	c.require("load.cooldown_share", l.CooldownShare >= 0 && l.CooldownShare+l.WarmupShare < 1, "with warmup_share, %g is not in [0, 1)", l.CooldownShare+l.WarmupShare)
	c.between("load.cooldown_s", l.CooldownS, 0, maxTimeoutS)
	length := l.LengthS()
	c.require("load.cooldown_s", l.CooldownS == 0 || length > 0, "needs a load whose length is known: duration_s, or stages that all have one")
	c.require("load.cooldown_s", l.CooldownS == 0 || length == 0 || l.WarmupS+l.CooldownS < length, "with warmup_s, %g of %g seconds would leave none to measure", l.WarmupS+l.CooldownS, length)
	c.require("load.cooldown_share", l.CooldownShare == 0 || !l.OpenEnd() || length > 0, "needs a load whose length is known: duration_s, or stages that all have one")
	c.require("load.cooldown", oneAtMost(l.Cooldown > 0, l.CooldownShare > 0, l.CooldownS > 0), "cooldown, cooldown_share and cooldown_s are three ways to say one thing: set one")
}

func (l Load) checkErrors(c *checks) {
	c.atLeast("load.max_errors", l.MaxErrors, 0)
	c.share("load.max_error_rate", l.MaxErrorRate)
	l.Retries.check(c)
	c.require("load.cancel_share", l.CancelShare >= 0 && l.CancelShare <= 1, "%g is not in [0, 1]", l.CancelShare)
	c.atLeast("load.cancel_after_tokens", l.CancelAfterTokens, 0)
	c.between("load.cancel_after_s", l.CancelAfterS, 0, maxTimeoutS)
	if l.CancelShare > 0 {
		c.require("load.cancel_share", (l.CancelAfterTokens > 0) != (l.CancelAfterS > 0), "needs cancel_after_tokens or cancel_after_s, and one of them")
	} else {
		c.require("load.cancel_share", l.CancelAfterTokens == 0 && l.CancelAfterS == 0, "missing: how many requests are broken off")
	}
}

func oneAtMost(given ...bool) bool {
	n := 0
	for _, g := range given {
		if g {
			n++
		}
	}
	return n <= 1
}

// staged reports whether a closed loop changes its concurrency.
func (l Load) staged() bool { return l.Type == LoadClosed && len(l.Stages) > 0 }

// FirstConcurrency is what the load begins with.
func (l Load) FirstConcurrency() int64 {
	if l.staged() {
		return l.Stages[0].Concurrency
	}
	return l.Concurrency
}

// stagesCount reports whether every stage ends by its number of requests.
func (l Load) stagesCount() bool {
	return !slices.ContainsFunc(l.Stages, func(s Stage) bool { return s.Requests == 0 })
}

// checkStage is a stage of a closed loop.
func (s Stage) checkClosed(c *checks, base string, last bool) {
	c.atLeast(base+"concurrency", s.Concurrency, 1)
	c.require(base+"rate_per_s", s.RatePerS == 0 && s.FromRatePerS == nil && s.Shape == "", "a closed loop has no rate; set load.type to constant, poisson or gamma")
	c.atLeast(base+"requests", s.Requests, 0)
	c.between(base+"duration_s", s.DurationS, 0, maxTimeoutS)
	given := s.Requests > 0 || s.DurationS > 0
	c.require(base+"duration_s", given || last, "missing: only the last stage may have neither duration_s nor requests")
	c.require(base+"duration_s", s.Requests == 0 || s.DurationS == 0, "a stage ends by duration_s or by requests: set one")
}

// settleStages makes concurrency the most of all stages, which is what the drivers
// must be able to hold, and the number of prompts what the stages ask for.
func (l *Load) settleStages(s *Scenario, given func(key string) bool) {
	if !l.staged() {
		return
	}
	most, sum := int64(0), int64(0)
	for _, stage := range l.Stages {
		most, sum = max(most, stage.Concurrency), sum+min(max(stage.Requests, 0), math.MaxInt32)
	}
	if most > 0 {
		l.Concurrency = most
	}
	if given("scenario.num_samples") {
		return
	}
	s.NumSamples = sum
	if !l.stagesCount() {
		s.NumSamples = samplesWithoutLimit
	}
	if !given("scenario.repeat") {
		s.Repeat = true
	}
}
