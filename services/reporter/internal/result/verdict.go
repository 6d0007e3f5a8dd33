package result

import (
	"fmt"
	"math"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// Verdicts.
const (
	valid      = "valid"
	warned     = "valid_with_warnings"
	incomplete = "incomplete"
	invalid    = "invalid"
)

func status(r *collect.Run) string {
	switch {
	case r.Cancelled != "":
		return event.RunWasStopped
	case r.Failure != nil:
		return event.RunHasFailed
	case !r.Completeness.Complete, r.Unanswered > 0:
		return event.RunIncomplete
	}
	return event.RunCompleted
}

// Bounds of the gates. A sensor within 5 % of its counter is within what makers
// state; more than 1 % of the energy estimated over gaps is worth a warning. A
// server's count of tokens and ours may be apart by what was under way at the first
// and the last reading.
const (
	maxSensorRatio  = 0.05
	maxGapShare     = 0.01
	maxForeignShare = 0.05
)

// verdict says whether the figures may be used. Invalid means that no energy per
// request can be defended; incomplete that events are missing.
func (c *computation) verdict(s event.Summary) event.Verdict {
	v := event.Verdict{Result: valid}
	say := func(result, format string, args ...any) {
		order := map[string]int{valid: 0, warned: 1, incomplete: 2, invalid: 3}
		if order[result] > order[v.Result] {
			v.Result = result
		}
		v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...))
	}
	if k := s.Completeness; !k.Complete {
		say(incomplete, "%d of %d events were read", k.Seen, k.Expected)
		if k.Dead > 0 {
			say(incomplete, "%d messages of the run could not be handled (%s)", k.Dead, strings.Join(c.run.DeadReasons, "; "))
		}
		for _, p := range k.Producers {
			if !p.Closed {
				say(incomplete, "%s never said how many events it sent", p.Producer)
			}
		}
	}
	if n := s.Completeness.Late; n > 0 {
		say(warned, "%d events came after the run was sealed and are left out", n)
	}
	c.gaps(s, say)
	if s.Failure != nil {
		say(invalid, "the run failed: %s", s.Failure.Class)
	}
	if c.run.Cancelled != "" {
		say(incomplete, "the run was stopped before its load was done: %s", c.run.Cancelled)
	}
	if s.Requests.OK == 0 {
		say(invalid, "no request succeeded")
	}
	if s.Requests.Failed > 0 {
		say(warned, "%d of %d requests failed", s.Requests.Failed, s.Requests.Total)
	}
	if s.Tokens.Missing > 0 {
		say(warned, "the server gave no token counts for %d requests", s.Tokens.Missing)
	}
	if asked, d := c.run.Config.Scenario.NumSamples, s.DatasetRead; d != nil && d.Prompts < asked {
		say(warned, "the dataset gives %d of the %d prompts asked for; scenario.repeat uses them again", d.Prompts, asked)
	}
	c.measurement(s, say)
	load(s, say)
	c.bottleneck(s, say)
	for _, m := range s.Methods {
		if m.ResidualRel > 1e-9 {
			say(invalid, "%s does not add up: %g of the energy is left over", m.Method, m.ResidualRel)
		}
	}
	if e := s.Energy; e.GapJ != nil && *e.GapJ > maxGapShare*zero(e.MeasuredJ) {
		say(warned, "%.3g %% of the energy is estimated over time without samples", 100**e.GapJ / *e.MeasuredJ)
	}
	flagged(s, say)
	if r := s.Energy.NodeOverParts; r != nil && *r < 1-maxSensorRatio {
		say(warned, "the sensor of the whole node shows %.3g of what its parts do, which it contains", *r)
	}
	for _, d := range s.Devices {
		if r := d.IntegralOverCounter; r != nil && math.Abs(*r-1) > maxSensorRatio {
			say(warned, "%s: integrated power is %.3g of the counter", d.ID, *r)
		}
	}
	return v
}

// gaps are holes in the record that no count of events shows.
func (c *computation) gaps(s event.Summary, say func(result, format string, args ...any)) {
	if n := c.run.Unanswered; n > 0 && s.Failure == nil && c.run.Cancelled == "" {
		say(incomplete, "%d prompts have no finished attempt", n)
	}
	if k := s.Sessions; k != nil && k.TurnsUnsent > 0 {
		say(warned, "%d turns were never sent, in %d of %d sessions that ended before their last answer", k.TurnsUnsent, k.Total-k.Complete, k.Total)
	}
	if n := c.run.Abandoned; n > 0 {
		say(warned, "%d attempts began and were never finished: their energy is not theirs in the account", n)
	}
	if n := c.run.Conflicts; n > 0 {
		say(warned, "%d attempts were told twice; the first stands", n)
	}
}

// measurement says what was not measured, and by which clocks.
func (c *computation) measurement(s event.Summary, say func(result, format string, args ...any)) {
	if !c.run.Config.Metrics.Enabled {
		return
	}
	if len(c.gpus) == 0 {
		say(warned, "no accelerator was measured, so requests have no accelerator energy")
	}
	if s.Energy.TotalWh == nil && c.run.Config.Metrics.Samplers > 0 {
		say(invalid, "no energy was measured")
	}
	for _, d := range c.run.Twice {
		say(warned, "%s was measured by %s and by %s: only the readings of %s count", d.Device, d.Counts, d.Left, d.Counts)
	}
	c.mapping(say)
	unobserved(s, say)
	if hosts := c.clocks.unknown(); len(hosts) > 0 {
		say(warned, "how far the clocks of %s are from %s is not known", strings.Join(hosts, ", "), c.clocks.reference)
	}
}

// load is about whose work the devices did.
func load(s event.Summary, say func(result, format string, args ...any)) {
	for _, server := range s.Servers {
		switch share := server.ForeignShare; {
		case share == nil:
		case *share > maxForeignShare:
			say(warned, "%s generated %.3g %% of its tokens for somebody else, whose energy is in this run's", server.Endpoint, 100**share)
		case *share < -maxForeignShare:
			say(warned, "%s counted %.3g %% fewer tokens than it sent: its own figures are not of all of it", server.Endpoint, -100**share)
		}
	}
	for _, m := range s.Methods {
		for _, fit := range m.Fits {
			if !fit.Usable && m.Method == s.Energy.Method {
				say(warned, "%s learned nothing of %s and goes by declared weights: %s", m.Method, fit.Device, fit.Unusable)
			}
		}
	}
}
