package report

import (
	"bytes"
	"encoding/json"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// spread is a distribution in a line: its percentiles, and a box from the 5th to the
// 95th with a whisker from the 1st to the 99.9th, on an axis of its own from zero.
type spread struct {
	Name, Unit string
	Values     []string
	Box        box
}

type box struct{ Low, From, Middle, To, High px }

// Width of the box; never nothing.
func (b box) Width() px { return max(b.To-b.From, 1) }

// boxWidth is how wide its drawing is.
const boxWidth = 160

func spreadOf(name, unit string, d *event.Distribution, scale float64) (spread, bool) {
	if d == nil {
		return spread{}, false
	}
	out := spread{Name: name, Unit: unit}
	for _, v := range []float64{d.Mean, d.P1, d.P5, d.P10, d.P25, d.P50, d.P75, d.P90, d.P95, d.P99, d.P999, d.Max} {
		out.Values = append(out.Values, figure(v*scale))
	}
	at := func(v float64) px {
		if d.P999 <= 0 {
			return 0
		}
		return px(v / d.P999 * boxWidth)
	}
	out.Box = box{at(d.P1), at(d.P5), at(d.P50), at(d.P95), at(d.P999)}
	return out, true
}

func spreads(unit string, scale float64, names []string, all []*event.Distribution) []spread {
	var out []spread
	for i, name := range names {
		if s, ok := spreadOf(name, unit, all[i], scale); ok {
			out = append(out, s)
		}
	}
	return out
}

func latencies(s event.Summary) []spread {
	l := s.Latency
	output := l.FirstOutputS
	if output != nil && l.TTFTS != nil && *output == *l.TTFTS {
		output = nil // nobody reasoned
	}
	return spreads("ms", 1e3,
		[]string{"first token", "first token after reasoning", "between chunks", "per output token", "end to end", "own queue lag"},
		[]*event.Distribution{l.TTFTS, output, l.ITLS, l.TPOTS, l.E2ES, l.QueueLagS})
}

func costs(s event.Summary) []spread {
	if len(s.Methods) == 0 {
		return nil
	}
	m := s.Methods[0]
	out := spreads("J", 1,
		[]string{m.Method, "queue", "prefill", "decode", "dynamic part", "idle part"},
		[]*event.Distribution{m.PerRequestJ, m.QueueJ, m.PrefillJ, m.DecodeJ, m.DynamicJ, m.IdleShareJ})
	for _, other := range s.Methods[1:] {
		if line, ok := spreadOf(other.Method, "J", other.PerRequestJ, 1); ok {
			out = append(out, line)
		}
	}
	return out
}

// pretty indents the effective config; what cannot be read is shown as it is.
func pretty(config []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, config, "", "  "); err != nil {
		return string(config)
	}
	return out.String()
}
