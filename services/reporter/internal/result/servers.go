package result

import (
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// servers joins what each inference server said of itself to the run.
func (c *computation) servers() []event.ServerResult {
	var out []event.ServerResult
	for rest := c.run.Servers; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Endpoint == rest[0].Endpoint {
			n++
		}
		out = append(out, c.server(rest[:n]))
		rest = rest[n:]
	}
	return out
}

// server reduces one server's readings, by time.
func (c *computation) server(readings []*event.ServerSampled) event.ServerResult {
	at := func(s *event.ServerSampled) int64 { return c.clocks.common(s.Clock.Host, c.run.Wall(s.Clock, s.At)) }
	first, last := readings[0], readings[len(readings)-1]
	out := event.ServerResult{Endpoint: first.Endpoint, Samples: int64(len(readings)), FromNS: at(first), ToNS: at(last)}
	for _, g := range []struct {
		pick      func(*event.ServerSampled) *float64
		mean, top **float64
	}{
		{func(s *event.ServerSampled) *float64 { return s.RequestsRunning }, &out.RunningMean, &out.RunningMax},
		{func(s *event.ServerSampled) *float64 { return s.RequestsWaiting }, &out.WaitingMean, &out.WaitingMax},
		{func(s *event.ServerSampled) *float64 { return s.KVCacheUsageRatio }, &out.KVCacheMean, &out.KVCacheMax},
	} {
		var values []float64
		for _, s := range readings {
			if v := g.pick(s); v != nil {
				values = append(values, *v)
			}
		}
		if d := distribution(values); d != nil {
			*g.mean, *g.top = new(d.Mean), new(d.Max)
		}
	}
	rise := func(a, b *float64) *float64 {
		if a == nil || b == nil || *b < *a {
			return nil // not offered, or the server was started anew
		}
		return new(*b - *a)
	}
	out.PromptTokens = rise(first.PromptTokensTotal, last.PromptTokensTotal)
	out.GenerationTokens = rise(first.GenerationTokensTotal, last.GenerationTokensTotal)
	out.Requests = rise(first.RequestSuccessTotal, last.RequestSuccessTotal)
	out.Preemptions = rise(first.PreemptionsTotal, last.PreemptionsTotal)
	c.explain(&out)
	return out
}

// explain compares the server's generated tokens with those of the run's answers
// over the same time: what is more comes from somebody else.
func (c *computation) explain(s *event.ServerResult) {
	switch {
	case s.Samples < 2:
		s.NotCompared = "the server was read only once"
	case s.GenerationTokens == nil:
		s.NotCompared = "the server counts no generated tokens, or began to count anew"
	case *s.GenerationTokens == 0:
		s.NotCompared = "the server generated nothing between its readings"
	}
	if s.NotCompared != "" {
		return
	}
	t := tally{window: window{s.FromNS, s.ToNS}}
	own := 0
	for _, f := range c.run.Finished {
		if f.Endpoint != s.Endpoint && !strings.HasPrefix(f.Endpoint, s.Endpoint+"/") {
			continue
		}
		own++
		sent := c.sent(f)
		if f.Tokens.Output == nil && sent < s.ToNS && sent+f.EndAfterNS > s.FromNS {
			s.NotCompared = "some of the run's own tokens were not counted"
			return
		}
		t.tokens(sent, f)
	}
	if own == 0 {
		s.NotCompared = "none of the run's attempts went there"
		return
	}
	s.OwnGenerationTokens = new(t.output)
	s.ForeignShare = new(1 - t.output / *s.GenerationTokens)
}
