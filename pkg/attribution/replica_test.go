package attribution

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// replicas is a server of two replicas (data parallel), each on two devices
// (tensor parallel) that draw the same: 100 W a device on one, 200 W on the other.
func replicas(methods ...string) scenario {
	s := scenario{options: Options{Methods: methods, PrefillTokenWeight: 1, DecodeTokenWeight: 1}, to: 10_000 * ms}
	for i, watts := range []int64{100, 100, 200, 200} {
		s.devices = append(s.devices, Device{ID: []string{"a0", "a1", "b0", "b1"}[i], Provenance: event.Measured, IdlePowerMW: 0})
		s.samples = append(s.samples, flat(watts, 10))
	}
	return s
}

func on(r Request, devices ...string) Request {
	r.Devices = devices
	return r
}

// TP=2 × DP=2 by hand. Replica a draws 200 W: x alone over [0, 2] and y over
// [4, 6], together over [2, 4], where y has three of four tokens. Replica b
// draws 400 W, all of it z's, who is in flight with both and beside neither.
func TestTensorAndDataParallelByHand(t *testing.T) {
	s := replicas(EqualShare, TokenWeighted)
	s.requests = []Request{
		on(ask("x", 0, 0, 4, 0, 100), "a0", "a1"), on(ask("y", 2, 2, 6, 0, 300), "a1", "a0"), on(ask("z", 1, 1, 5, 0, 7), "b0", "b1"),
	}
	r := solve(t, s)
	require.InDelta(t, 400+200, r.share("x", EqualShare).EnergyJ, 1e-9)
	require.InDelta(t, 200+400, r.share("y", EqualShare).EnergyJ, 1e-9)
	require.InDelta(t, 400+100, r.share("x", TokenWeighted).EnergyJ, 1e-9)
	require.InDelta(t, 300+400, r.share("y", TokenWeighted).EnergyJ, 1e-9)
	for _, m := range s.options.Methods {
		require.InDelta(t, 1600, r.share("z", m).EnergyJ, 1e-9)
		require.InDelta(t, 400, r.ledger("a1", m).IdleJ, 1e-9)
		require.InDelta(t, 1200, r.ledger("b0", m).IdleJ, 1e-9)
		require.InDelta(t, 6000, r.ledger("", m).MeasuredJ, 1e-9)
		require.InDelta(t, 600+600+1600, r.ledger("", m).RequestsJ, 1e-9)
	}
}

// Devices know nothing of each other, whatever groups they serve in, apart or
// overlapping: what an attempt gets is the sum of what it would get on each of its
// devices alone, and its interval and coverage are made of theirs.
func TestGroupsAreTheSumOfTheirDevices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		for i := range s.requests { // the fitted method's stand-in for missing tokens is the whole run's mean
			for _, n := range []*int64{&s.requests[i].InputTokens, &s.requests[i].OutputTokens} {
				if *n == event.Missing {
					*n = 10
				}
			}
		}
		type key struct {
			id      string
			attempt int
			method  string
		}
		want := map[key]Share{}
		for i, d := range s.devices {
			alone := s
			alone.devices, alone.samples, alone.gaps, alone.requests = s.devices[i:i+1], s.samples[i:i+1], nil, nil
			for _, g := range s.gaps {
				if g.device == i {
					alone.gaps = append(alone.gaps, declaredOn{0, g.from, g.to})
				}
			}
			for _, r := range s.requests {
				if slices.Contains(r.Devices, d.ID) {
					alone.requests = append(alone.requests, on(r, d.ID))
				}
			}
			for _, x := range alone.solve(t).Shares {
				k := key{x.RequestID, x.Attempt, x.Method}
				sum := want[k]
				sum.EnergyJ += x.EnergyJ
				sum.IdleJ += x.IdleJ
				sum.PrefillJ += x.PrefillJ
				sum.DecodeJ += x.DecodeJ
				sum.Coverage += x.Coverage
				want[k] = sum
			}
		}
		for _, x := range s.solve(t).Shares {
			k := key{x.RequestID, x.Attempt, x.Method}
			i := slices.IndexFunc(s.requests, func(r Request) bool { return r.ID == x.RequestID && r.Attempt == x.Attempt })
			near(t, want[k].EnergyJ, x.EnergyJ, 1e-9, "energy")
			near(t, want[k].IdleJ, x.IdleJ, 1e-9, "idle")
			near(t, want[k].PrefillJ, x.PrefillJ, 1e-9, "prefill")
			near(t, want[k].DecodeJ, x.DecodeJ, 1e-9, "decode")
			require.InDelta(t, want[k].Coverage, x.Coverage*float64(max(1, len(s.requests[i].Devices))), 1e-9)
		}
	})
}
