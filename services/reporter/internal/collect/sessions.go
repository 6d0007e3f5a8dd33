package collect

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// sessions counts what became of prompts of several turns; nil when there were none. A
// session that was begun anew has come as far as its longest attempt.
func (c *collector) sessions() *event.SessionCounts {
	reached, complete := map[string]int{}, map[string]bool{}
	for _, f := range c.finished {
		if f.Session == "" {
			continue
		}
		reached[f.Session] = max(reached[f.Session], f.Turn)
		if f.Status == event.StatusOK && f.Turn == 1+c.prompts[f.Session] {
			complete[f.Session] = true
		}
	}
	var out event.SessionCounts
	for id, more := range c.prompts {
		if more == 0 {
			continue
		}
		out.Total++
		out.TurnsUnsent += int64(1 + more - reached[id])
		if complete[id] {
			out.Complete++
		}
	}
	if out.Total == 0 {
		return nil
	}
	return &out
}
