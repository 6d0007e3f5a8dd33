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
	methods := c.stretchMethods()
	var split sides
	r, err := c.attribute(part{
		methods: methods, devices: c.gpus, window: w, attempts: attempts, margin: margin,
		account: func(f *event.RequestFinished) string {
			if f.Status == event.StatusOK {
				return accountAnswered
			}
			return accountRest
		},
		take: func(share *attribution.Share) {
			if share.Method == methods[0] {
				split.add(c.answered[shareKey{share.RequestID, share.Attempt, ""}], share)
			}
		},
	})
	if err != nil {
		return s, err
	}
	s.Coverage = coverage(r, w)
	l, ok := total(r, methods[0])
	if !ok || l.MeasuredJ == 0 && !slices.ContainsFunc(r.Devices, func(d attribution.DeviceStats) bool { return d.GapNS < w.to-w.from }) {
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
	s.Intervals = c.stretchIntervals(s, t.output, r, split)
	return s, nil
}

// stretchMethods are the run's, the primary one first. The fitted one learns from a whole
// run, so the one after it stands in: the stretch says which.
func (c *computation) stretchMethods() []string {
	methods := slices.DeleteFunc(slices.Clone(c.methods), func(m string) bool { return m == attribution.Fitted })
	if len(methods) == 0 {
		return []string{attribution.EqualShare}
	}
	return methods
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
