package result

import (
	"cmp"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// spans are the flagged stretches of the devices that serve requests, by flag, in
// the common time; those of one flag are apart and in order.
type spans map[string][]collect.Span

func (c *computation) flagged(devices []measured) spans {
	known := map[string]measured{}
	for _, d := range devices {
		known[d.ID] = d
	}
	out := spans{}
	for _, s := range c.run.Spans {
		d, ok := known[s.Device]
		if !ok {
			continue
		}
		s.FromNS, s.ToNS = c.clocks.common(d.host, s.FromNS), c.clocks.common(d.host, s.ToNS)
		flag := prefix(d.Kind) + s.Flag
		out[flag] = append(out[flag], s)
	}
	for flag, list := range out {
		slices.SortFunc(list, func(a, b collect.Span) int {
			return cmp.Or(cmp.Compare(a.FromNS, b.FromNS), cmp.Compare(a.ToNS, b.ToNS), strings.Compare(a.Device, b.Device))
		})
		merged := list[:1]
		for _, s := range list[1:] {
			if last := &merged[len(merged)-1]; s.FromNS <= last.ToNS {
				last.ToNS = max(last.ToNS, s.ToNS)
				continue
			}
			merged = append(merged, s)
		}
		out[flag] = merged
	}
	return out
}

// over lists the flags that a stretch of time touches, in no order.
func (s spans) over(fromNS, toNS int64) []string {
	var out []string
	for flag, list := range s {
		// The first that ends at or after the beginning.
		i, _ := slices.BinarySearchFunc(list, fromNS, func(span collect.Span, ns int64) int { return cmp.Compare(span.ToNS, ns) })
		if i < len(list) && list[i].FromNS <= toNS {
			out = append(out, flag)
		}
	}
	return out
}
