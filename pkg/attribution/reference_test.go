package attribution

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// The reference: what the engine promises, said as plainly as possible and in
// quadratic time. It cuts time at every moment that matters and asks of every
// piece who was there.

// stretch is straight power from w0 to w1, or an estimate of it in a gap.
type stretch struct {
	t0, t1 int64
	w0, w1 float64
	gap    bool
}

func (s stretch) at(t int64) float64 {
	return s.w0 + (s.w1-s.w0)*float64(t-s.t0)/float64(s.t1-s.t0)
}

// powerOnly is the curve of a device without a counter.
func powerOnly(d Device, samples []Sample, gaps []interval, maxGapNS int64) []stretch {
	var known []Sample
	for _, s := range samples {
		if s.PowerMW != event.Missing {
			s.TimeNS -= d.AverageWindowNS / 2
			known = append(known, s)
		}
	}
	if n := len(known); n > 0 && d.AverageWindowNS > 0 {
		last := known[n-1]
		last.TimeNS += d.AverageWindowNS / 2
		known = append(known, last)
	}
	var out []stretch
	for i := 1; i < len(known); i++ {
		a, b := known[i-1], known[i]
		hole := b.TimeNS-a.TimeNS > maxGapNS
		for _, g := range gaps {
			hole = hole || g.from-d.AverageWindowNS/2 < b.TimeNS && g.to > a.TimeNS
		}
		out = append(out, stretch{a.TimeNS, b.TimeNS, float64(a.PowerMW) / 1000, float64(b.PowerMW) / 1000, hole})
	}
	return out
}

type account struct{ measured, requests, idle, unattributed, gap float64 }

type split struct{ energy, idle, queue, prefill, decode float64 }

// naive solves one device under one method.
func naive(s scenario, device int, method string, curve []stretch) (account, map[[2]any]split) {
	var total account
	shares := map[[2]any]split{}
	d := s.devices[device]
	var here []Request
	cuts := []int64{s.from, s.to}
	for _, r := range s.requests {
		if slices.Contains(r.Devices, d.ID) && r.EndNS > r.StartNS {
			here = append(here, r)
			a := new(attempt)
			a.load(r)
			cuts = append(cuts, a.edges[:]...)
		}
	}
	for _, p := range curve {
		cuts = append(cuts, p.t0, p.t1)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	for i := 1; i < len(cuts); i++ {
		a, b := cuts[i-1], cuts[i]
		at := slices.IndexFunc(curve, func(p stretch) bool { return p.t0 <= a && b <= p.t1 })
		if a < s.from || b > s.to || at < 0 {
			continue
		}
		p := curve[at]
		dt := float64(b-a) / 1e9
		e := (p.at(a) + p.at(b)) / 2 * dt
		total.measured += e
		if p.gap {
			total.gap += e
			continue
		}
		var present []Request
		for _, r := range here {
			if r.StartNS <= a && b <= r.EndNS {
				present = append(present, r)
			}
		}
		if len(present) == 0 {
			total.idle += e
			continue
		}
		idle := 0.0
		if d.IdlePowerMW != event.Missing {
			idle = min(e, float64(d.IdlePowerMW)/1000*dt)
		}
		dynamic := e - idle
		if s.options.IdlePolicy == IdleSeparate {
			total.idle += idle
			idle = 0
		}
		naiveShare(s.options, method, a, present, dynamic, idle, &total, shares)
	}
	return total, shares
}

// naiveShare splits one piece that begins at a among those present.
func naiveShare(o Options, method string, a int64, present []Request, dynamic, idle float64, total *account, shares map[[2]any]split) {
	type want struct {
		r     Request
		phase string
		equal bool
		rate  float64
	}
	var members []want
	rates, equals := 0.0, 0
	for _, r := range present {
		served, first := r.StartNS, r.FirstTokenNS
		if first == event.Missing {
			first = r.EndNS
		}
		if r.QueueNS != event.Missing {
			served = min(r.StartNS+r.QueueNS, first)
		}
		w := want{r: r, phase: "decode"}
		if a < served {
			w.phase = "queue"
		} else if a < first {
			w.phase = "prefill"
		}
		begin := r.StartNS
		if method == PhaseAware {
			if w.phase == "queue" {
				continue
			}
			begin = served
		}
		switch {
		case method == EqualShare || r.InputTokens == event.Missing || r.OutputTokens == event.Missing:
			w.equal = true
			equals++
		case r.FirstTokenNS == event.Missing:
			w.rate = (o.PrefillTokenWeight*float64(r.InputTokens) + o.DecodeTokenWeight*float64(r.OutputTokens)) / float64(r.EndNS-begin)
		case w.phase == "decode":
			w.rate = o.DecodeTokenWeight * float64(r.OutputTokens) / float64(r.EndNS-first)
		default:
			w.rate = o.PrefillTokenWeight * float64(r.InputTokens) / float64(first-begin)
		}
		rates += w.rate
		members = append(members, w)
	}
	n := float64(len(members))
	if n == 0 {
		total.unattributed += dynamic + idle
		return
	}
	weighted := dynamic * (n - float64(equals)) / n
	if rates == 0 {
		total.unattributed += weighted
	}
	for _, w := range members {
		got := 0.0
		if w.equal {
			got = dynamic / n
		} else if rates > 0 {
			got = weighted * w.rate / rates
		}
		key := [2]any{w.r.ID, w.r.Attempt}
		x := shares[key]
		x.energy += got + idle/n
		x.idle += idle / n
		switch w.phase {
		case "queue":
			x.queue += got + idle/n
		case "prefill":
			x.prefill += got + idle/n
		default:
			x.decode += got + idle/n
		}
		shares[key] = x
		total.requests += got + idle/n
	}
}

// compareNaive holds an engine's result to the reference over given curves.
func compareNaive(t require.TestingT, s scenario, r Result, curves [][]stretch) {
	for _, method := range s.options.Methods {
		sums := map[[2]any]split{}
		for i, d := range s.devices {
			want, shares := naive(s, i, method, curves[i])
			at := slices.IndexFunc(r.Ledgers, func(l Ledger) bool { return l.Device == d.ID && l.Method == method })
			got := r.Ledgers[at]
			near(t, want.measured, got.MeasuredJ, 1e-9, method+" measured")
			near(t, want.requests, got.RequestsJ, 1e-9, method+" requests")
			near(t, want.idle, got.IdleJ, 1e-9, method+" idle")
			near(t, want.unattributed, got.UnattributedJ, 1e-9, method+" unattributed")
			near(t, want.gap, got.GapJ, 1e-9, method+" gap")
			for k, x := range shares {
				y := sums[k]
				sums[k] = split{x.energy + y.energy, x.idle + y.idle, x.queue + y.queue, x.prefill + y.prefill, x.decode + y.decode}
			}
		}
		for _, got := range r.Shares {
			if got.Method != method {
				continue
			}
			want := sums[[2]any{got.RequestID, got.Attempt}]
			near(t, want.energy, got.EnergyJ, 1e-9, method+" energy")
			near(t, want.idle, got.IdleJ, 1e-9, method+" idle share")
			near(t, want.queue, got.QueueJ, 1e-9, method+" queue")
			near(t, want.prefill, got.PrefillJ, 1e-9, method+" prefill")
			near(t, want.decode, got.DecodeJ, 1e-9, method+" decode")
		}
	}
}

// On devices without a counter the engine equals the reference from end to end.
func TestEngineEqualsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		s.options.Methods = []string{EqualShare, PhaseAware, TokenWeighted}
		var curves [][]stretch
		for i := range s.samples {
			s.samples[i] = slices.Clone(s.samples[i])
			for j := range s.samples[i] {
				s.samples[i][j].EnergyMJ = event.Missing
			}
			var gaps []interval
			for _, g := range s.gaps {
				if g.device == i {
					gaps = append(gaps, interval{g.from, g.to})
				}
			}
			curves = append(curves, powerOnly(s.devices[i], s.samples[i], gaps, s.options.MaxGapNS))
		}
		compareNaive(t, s, s.solve(t), curves)
	})
}

// With counters the pass equals the reference over the curve that the engine
// made; the curve itself is held to hand-made examples in curve_test.go.
func TestPassEqualsTheReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		s.options.Methods = []string{EqualShare, PhaseAware, TokenWeighted}
		var curves [][]stretch
		for i, d := range s.devices {
			curves = append(curves, curveOf(t, s, i, d))
		}
		compareNaive(t, s, s.solve(t), curves)
	})
}

// curveOf is the curve that an engine makes of a device's samples.
func curveOf(t require.TestingT, s scenario, i int, d Device) []stretch {
	s.requests = nil
	e := s.engine(t)
	require.NoError(t, e.AddPower(d.ID, s.samples[i]))
	for _, g := range s.gaps {
		if g.device == i {
			require.NoError(t, e.AddGap(d.ID, g.from, g.to))
		}
	}
	dev := e.devices[d.ID]
	dev.inbox.drain(1<<62, dev.curve.feed)
	dev.curve.finish(dev.lastPower)
	return stretches(&dev.curve)
}

func stretches(c *curve) []stretch {
	var out []stretch
	from := 0
	for _, sp := range c.spans {
		for n := from + 1; n <= sp.end; n++ {
			a, b := c.nodes[n-1], c.nodes[n]
			w0, w1 := a.watts*sp.scale, b.watts*sp.scale
			if sp.flat {
				w0, w1 = sp.scale, sp.scale
			}
			out = append(out, stretch{a.ns, b.ns, w0, w1, sp.gap})
		}
		from = sp.end
	}
	return out
}
