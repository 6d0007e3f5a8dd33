package result

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// stages are what the stages of the load came to. Their times follow one another
// without a hole: each lasts from its first request to the next stage's, the first from
// the load's beginning and the last to its end. A stage that was never reached has no
// time.
func (c *computation) stages() []event.StageResult {
	declared := c.run.Config.Load.Stages
	out := make([]event.StageResult, len(declared))
	of := make([][]*event.RequestFinished, len(declared))
	for _, f := range c.run.Finished {
		if f.Stage >= 1 && f.Stage <= len(declared) {
			of[f.Stage-1] = append(of[f.Stage-1], f)
		}
	}
	next := c.window.to
	for i := len(out) - 1; i >= 0; i-- {
		answers := c.answers(of[i])
		out[i] = event.StageResult{Stage: i + 1, Name: declared[i].Name, Requests: counts(answers, of[i]), Latency: latency(answers)}
		if len(of[i]) == 0 {
			continue
		}
		w := window{next, next}
		for _, f := range of[i] {
			w.from = min(w.from, c.sent(f))
		}
		if account, err := c.stretch(w, c.run.Finished, 0); err == nil && w.from < w.to {
			out[i].Account = &account
		}
		next = w.from
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
