package result

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// goodput counts what held the bounds; nil when none are declared.
func (c *computation) goodput(s event.Summary) *event.Goodput {
	slo := c.run.Config.Load.SLO
	if slo == nil {
		return nil
	}
	g := &event.Goodput{TTFTS: slo.TTFTS, TPOTS: slo.TPOTS, ITLS: slo.ITLS, E2ES: slo.E2ES}
	all := 0
	for _, f := range c.run.Finished {
		if f.Warmup || f.Status == event.StatusCancelled || c.latest[f.RequestID] > f.Attempt {
			continue
		}
		all++
		if f.Status == event.StatusOK && holds(g, f, *slo) {
			g.Good++
		}
	}
	if all == 0 {
		return g
	}
	g.Share = float64(g.Good) / float64(all)
	if s.DurationS > 0 {
		g.RequestsPerS = float64(g.Good) / s.DurationS
	}
	if measured := zero(s.Energy.MeasuredJ); measured > 0 {
		g.RequestsPerJ = new(float64(g.Good) / measured)
		if g.Good > 0 {
			g.JPerRequest = new(measured / float64(g.Good))
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
