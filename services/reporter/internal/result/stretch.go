package result

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Accounts of a stretch: attempts whose energy is set against what they answered,
// and the rest.
const (
	accountAnswered = "answered"
	accountRest     = "rest"
)

// stretch is the account of a window. Tokens, gaps and energy count where they
// fall, requests where they end.
func (c *computation) stretch(w window, attempts []*event.RequestFinished, margin int64) (event.Stretch, error) {
	s := event.Stretch{FromNS: w.from, ToNS: w.to, DurationS: float64(w.to-w.from) / 1e9}
	t := tally{window: w, slo: c.run.Config.Load.SLO}
	if w.to == c.window.to {
		t.to++ // the last end of the load is in its last stretch
	}
	for _, f := range attempts {
		t.add(c.sent(f), f)
	}
	t.fill(&s)
	s.ClientCPUShare = c.clientCPUShare(w)
	if len(c.gpus) == 0 {
		return s, nil
	}
	r, err := c.attribute(part{
		methods: []string{c.stretchMethod()}, devices: c.gpus, window: w, attempts: attempts, margin: margin,
		account: func(f *event.RequestFinished) string {
			if f.Status == event.StatusOK {
				return accountAnswered
			}
			return accountRest
		},
	})
	if err != nil {
		return s, err
	}
	l, ok := total(r, c.stretchMethod())
	if !ok || !slices.ContainsFunc(r.Devices, wasRead) {
		return s, nil
	}
	s.Method = l.Method
	s.MeasuredJ, s.RequestsJ, s.IdleJ = new(l.MeasuredJ), new(l.RequestsJ), new(l.IdleJ)
	s.UnattributedJ, s.GapJ = new(l.UnattributedJ), new(l.GapJ)
	if s.DurationS > 0 {
		s.MeanPowerW = new(l.MeasuredJ / s.DurationS)
	}
	if s.Good != nil && l.MeasuredJ > 0 {
		s.GoodPerJ = new(float64(*s.Good) / l.MeasuredJ)
	}
	answered := l.Accounts[accountAnswered]
	if s.RequestsOK > 0 {
		s.JPerRequest = new(answered / float64(s.RequestsOK))
		s.WhPer1000Requests = new(answered / float64(s.RequestsOK) / joulesPerWh * 1000)
	}
	if t.output > 0 && !t.uncounted {
		s.JPerOutputToken = new(answered / t.output)
	}
	return s, nil
}

// stretchMethod is the primary method. The fitted one learns from a whole run, so the
// one after it stands in: the stretch says which.
func (c *computation) stretchMethod() string {
	for _, m := range c.methods {
		if m != attribution.Fitted {
			return m
		}
	}
	return attribution.EqualShare
}

// steady is the account of the steady stretch, or why there is none.
func (c *computation) steady() *event.Steady {
	requests := make([]attribution.Request, 0, len(c.run.Finished))
	for _, f := range c.run.Finished {
		requests = append(requests, c.request(f, nil))
	}
	found, ok := attribution.SteadyWindow(requests)
	out := &event.Steady{InFlight: int64(found.InFlight), Within: int64(found.Requests)}
	if !ok {
		out.Within = 0
		out.Absent = "the load was over before its first wave of prompts was"
		return out
	}
	w := window{found.FromNS, found.ToNS}
	account, err := c.stretch(w, c.run.Finished, 0)
	if err != nil {
		out.Absent = err.Error()
		return out
	}
	out.Account = &account
	return out
}
