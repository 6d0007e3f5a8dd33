package result

import (
	"cmp"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// maxWindows keeps a summary, of which a window is 3.5 kB, within the megabyte that a
// broker takes by default: a longer run has windows of a multiple of the length asked
// for.
const maxWindows = 180

// windows are the accounts of a run's windows. The last one ends with the load and
// is shorter; a run that is shorter than two windows has none.
func (c *computation) windows() []event.Stretch {
	length := int64(c.run.Config.Reporter.WindowS * 1e9)
	all := c.window.to - c.window.from
	if length <= 0 || all < 2*length {
		return nil
	}
	length *= (all + length*maxWindows - 1) / (length * maxWindows)
	order := slices.Clone(c.run.Finished)
	slices.SortStableFunc(order, func(a, b *event.RequestFinished) int { return cmp.Compare(c.sent(a), c.sent(b)) })
	// Readings this far outside a window still shape its edges.
	margin := 2 * maxGap(c.run.Config.Metrics.SampleHz, c.gpus)

	var out []event.Stretch
	var open []*event.RequestFinished
	for from := c.window.from; from < c.window.to; from += length {
		w := window{from, min(from+length, c.window.to)}
		if c.window.to-w.to < length/2 {
			w.to = c.window.to // no sliver at the end
		}
		for len(order) > 0 && c.sent(order[0]) < w.to {
			open, order = append(open, order[0]), order[1:]
		}
		s, err := c.stretch(w, open, margin)
		if err != nil {
			return nil
		}
		out = append(out, s)
		open = slices.DeleteFunc(open, func(f *event.RequestFinished) bool { return c.sent(f)+f.EndAfterNS < w.to })
		if w.to == c.window.to {
			break
		}
	}
	return out
}
