package result

import (
	"math"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// goodput counts what held the bounds; nil when none are declared. Warm-up and
// cool-down are no part of it, nor their time before and after, nor their energy.
func (c *computation) goodput(s event.Summary) *event.Goodput {
	slo := c.run.Config.Load.SLO
	if slo == nil {
		return nil
	}
	g := &event.Goodput{TTFTS: slo.TTFTS, TPOTS: slo.TPOTS, ITLS: slo.ITLS, E2ES: slo.E2ES}
	all := 0
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, f := range c.run.Finished {
		if f.Warmup || f.Status == event.StatusCancelled || c.superseded(f) {
			continue
		}
		all++
		first, last = min(first, c.sent(f)), max(last, c.sent(f)+f.EndAfterNS)
		if f.Status == event.StatusOK && holds(g, f, *slo) {
			g.Good++
		}
	}
	if all == 0 {
		return g
	}
	g.Share = float64(g.Good) / float64(all)
	if last > first {
		g.RequestsPerS = float64(g.Good) / (float64(last-first) / 1e9)
	}
	if len(s.Methods) == 0 {
		return g
	}
	if spent := s.Methods[0].MeasuredJ - s.Methods[0].WarmupJ; spent > 0 {
		g.RequestsPerJ = new(float64(g.Good) / spent)
		if g.Good > 0 {
			g.JPerRequest = new(spent / float64(g.Good))
		}
	}
	return g
}

// holds counts the bounds that an attempt missed. One without output tokens to
// take a mean of, a single token, has no wait to bound.
func holds(g *event.Goodput, f *event.RequestFinished, slo config.SLO) bool {
	single := f.Tokens.Output != nil && *f.Tokens.Output < 2
	held := true
	for _, bound := range []struct {
		limit  float64
		value  *float64
		free   bool
		missed *int64
	}{
		{slo.TTFTS, seconds(f.FirstTokenAfterNS), false, &g.MissedTTFT},
		{slo.TPOTS, perOutputToken(f), single, &g.MissedTPOT},
		{slo.ITLS, meanGap(f), len(f.ChunkGapsNS) == 1, &g.MissedITL},
		{slo.E2ES, new(float64(endAfter(f)) / 1e9), false, &g.MissedE2E},
	} {
		if bound.limit > 0 && !bound.free && (bound.value == nil || *bound.value > bound.limit) {
			*bound.missed++
			held = false
		}
	}
	return held
}
