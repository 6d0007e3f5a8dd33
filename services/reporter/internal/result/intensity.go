package result

import (
	"cmp"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// grid is the carbon intensity over time, in the common time: stretches in order,
// without overlap. Between them the table's figure stands in.
type grid struct{ spans []gridSpan }

type gridSpan struct {
	window
	gPerKWh float64
	source  string
}

// claim is an observation in the common time.
type claim struct {
	gridSpan
	cached bool
	atNS   int64
}

// gridOf is nil where no figure was observed.
func (c *computation) gridOf() *grid {
	var claims []claim
	var cuts []int64
	for _, o := range c.run.Intensities {
		if o.GPerKWh == nil {
			continue
		}
		w := window{from: c.clocks.common(o.Host, *o.FromNS), to: c.clocks.common(o.Host, *o.ToNS)}
		claims = append(claims, claim{gridSpan{w, *o.GPerKWh, o.Source}, o.Cached, o.AtNS})
		cuts = append(cuts, w.from, w.to)
	}
	if len(claims) == 0 {
		return nil
	}
	// The last that holds is taken: a fresh figure before one that stands in, the
	// figure of the later time, the later answer.
	slices.SortStableFunc(claims, func(a, b claim) int {
		if a.cached != b.cached {
			if a.cached {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.atNS, b.atNS))
	})
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	g := &grid{}
	for i, from := range cuts[:len(cuts)-1] {
		for _, k := range slices.Backward(claims) {
			if k.from <= from && from < k.to {
				g.add(gridSpan{window{from: from, to: cuts[i+1]}, k.gPerKWh, k.source})
				break
			}
		}
	}
	return g
}

// add appends a span, or lengthens the last.
func (g *grid) add(s gridSpan) {
	if n := len(g.spans); n > 0 && g.spans[n-1].to == s.from && g.spans[n-1].gPerKWh == s.gPerKWh && g.spans[n-1].source == s.source {
		g.spans[n-1].to = s.to
		return
	}
	g.spans = append(g.spans, s)
}

// over cuts the grid to a stretch of time. A moment is taken for a nanosecond.
func (g *grid) over(from, to int64) []gridSpan {
	if g == nil {
		return nil
	}
	to = max(to, from+1)
	var out []gridSpan
	for _, s := range g.spans {
		if s.from, s.to = max(s.from, from), min(s.to, to); s.from < s.to {
			out = append(out, s)
		}
	}
	return out
}

// stretches cut a stretch of time by its intensity: what was observed, and the
// table's figure, without a source, where nothing was.
func (c *computation) stretches(from, to int64) []gridSpan {
	var out []gridSpan
	table := func(to int64) {
		if from < to {
			out = append(out, gridSpan{window{from, to}, float64(c.factors.Intensity.Value), ""})
		}
	}
	to = max(to, from+1)
	for _, s := range c.grid.over(from, to) {
		table(s.from)
		out = append(out, s)
		from = s.to
	}
	table(to)
	return out
}

// observedNS is how much of the stretches was observed.
func observedNS(stretches []gridSpan) (ns int64) {
	for _, s := range stretches {
		if s.source != "" {
			ns += s.to - s.from
		}
	}
	return ns
}

// factorsOver are the factors with the intensity's mean over stretches, each weighing
// as much as weight says.
func (c *computation) factorsOver(stretches []gridSpan, weight func(i int) float64) *emission.Factors {
	if observedNS(stretches) == 0 {
		return c.factors
	}
	out := *c.factors
	out.Intensity = emission.Intensity{Value: emission.GramsPerKWh(stretches[0].gPerKWh), Place: c.placeAsked(), Source: c.sources(stretches)}
	// One figure all along needs no mean, and no rounding of one.
	if len(stretches) > 1 {
		var sum, whole float64
		for i, s := range stretches {
			sum, whole = sum+weight(i)*s.gPerKWh, whole+weight(i)
		}
		if whole > 0 {
			out.Intensity.Value = emission.GramsPerKWh(sum / whole)
		}
	}
	return &out
}

// byTime weighs stretches by their length.
func byTime(stretches []gridSpan) func(int) float64 {
	return func(i int) float64 { return float64(stretches[i].to - stretches[i].from) }
}

// sources names who published the figures of stretches: the first, the last, and the
// table where it stands in.
func (c *computation) sources(stretches []gridSpan) string {
	first, last, table := "", "", false
	for _, s := range stretches {
		if s.source == "" {
			table = true
			continue
		}
		if last = s.source; first == "" {
			first = last
		}
	}
	if first != last {
		first += " to " + last
	}
	if table {
		first += ", else " + c.factors.Intensity.Source
	}
	return first
}

func (c *computation) placeAsked() string {
	m := c.run.Config.Metrics
	switch {
	case m.Intensity == nil || m.Intensity.File != "":
		return "as in the profile"
	case m.Intensity.Zone != "":
		return m.Intensity.Zone
	}
	return m.CloudProvider + " " + m.CloudRegion
}

// observed accounts for the questions; nil when the run asked none.
func (c *computation) observed() *event.IntensityRecord {
	m := c.run.Config.Metrics
	if !m.LiveIntensity() {
		return nil
	}
	out := &event.IntensityRecord{Provider: m.Intensity.Type, Zone: m.Intensity.Zone}
	for _, o := range c.run.Intensities {
		if o.Problem != "" {
			out.Problem = o.Problem
		}
		if o.GPerKWh == nil {
			out.Unanswered++
			continue
		}
		out.Observations++
		out.LastNS = max(out.LastNS, o.AtNS)
		if out.FirstNS == 0 || o.AtNS < out.FirstNS {
			out.FirstNS = o.AtNS
		}
		if o.Estimated {
			out.Estimated++
		}
		if o.Cached {
			out.Cached++
		}
	}
	if whole := c.window.to - c.window.from; whole > 0 {
		out.CoveredShare = float64(observedNS(c.stretches(c.window.from, c.window.to))) / float64(whole)
	}
	return out
}

// unobserved warns where emissions go by something else than the run asked for.
func unobserved(s event.Summary, say func(result, format string, args ...any)) {
	o := s.Emissions.Observed
	if o == nil {
		return
	}
	reason := ""
	if o.Problem != "" {
		reason = ": " + o.Problem
	}
	if o.CoveredShare < 1 {
		say(warned, "no carbon intensity was observed for %.3g %% of the load, where the table's yearly average stands in%s", 100*(1-o.CoveredShare), reason)
	}
	if o.Cached > 0 {
		say(warned, "an earlier answer stands in for %d of %d observations of the carbon intensity%s", o.Cached, o.Observations, reason)
	}
}
