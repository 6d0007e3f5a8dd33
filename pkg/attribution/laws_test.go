package attribution

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Law 1: energy is conserved, per device and in total, and the shares add up to
// what the ledger says.
func TestEnergyIsConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		r := s.solve(t)
		perMethod := map[string]float64{}
		for _, x := range r.Shares {
			perMethod[x.Method] += x.EnergyJ
			near(t, x.EnergyJ, x.DynamicJ+x.IdleJ, 1e-9, "dynamic and idle")
			near(t, x.EnergyJ, x.QueueJ+x.PrefillJ+x.DecodeJ, 1e-9, "phases")
			require.GreaterOrEqual(t, x.EnergyJ, 0.0)
			require.LessOrEqual(t, x.LowJ, x.EnergyJ)
			require.GreaterOrEqual(t, x.HighJ, x.EnergyJ)
			require.True(t, x.Coverage >= 0 && x.Coverage <= 1, "coverage %v", x.Coverage)
		}
		for _, l := range r.Ledgers {
			require.LessOrEqual(t, l.ResidualRel, 1e-9, "%+v", l)
			near(t, l.MeasuredJ, l.RequestsJ+l.IdleJ+l.UnattributedJ+l.GapJ, 1e-9, "ledger")
			var accounts float64
			for _, v := range l.Accounts {
				accounts += v
			}
			near(t, l.RequestsJ, accounts, 1e-9, "accounts")
			if l.Device == "" {
				near(t, l.RequestsJ, perMethod[l.Method], 1e-9, "shares")
			}
		}
	})
}

// same compares bit for bit, and shows the first difference only.
func same(t require.TestingT, want, got Result) {
	require.Len(t, got.Shares, len(want.Shares))
	for i := range want.Shares {
		require.Equal(t, want.Shares[i], got.Shares[i])
	}
	for i := range want.Ledgers {
		require.Equal(t, want.Ledgers[i], got.Ledgers[i])
	}
	require.Equal(t, want, got)
}

// near compares relative to the larger value; below a microjoule it is noise.
func near(t require.TestingT, want, got, rel float64, what string) {
	if math.Abs(want-got) > rel*max(math.Abs(want), math.Abs(got), 1e-6) {
		require.Failf(t, what, "want %v, got %v", want, got)
	}
}

// Law 2: order, duplicates, batch splits and the times of Advance change nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		want := s.solve(t)
		seed := rapid.Uint64().Draw(t, "seed")
		got := s.solveShuffled(t, rand.New(rand.NewPCG(seed, 1)))
		for i := range got.Devices {
			got.Devices[i].Duplicates = 0
		}
		got.DuplicateRequests = 0
		same(t, want, got)
	})
}

// solveShuffled tells everything twice and in any order.
func (s scenario) solveShuffled(t require.TestingT, rng *rand.Rand) Result {
	e := s.engine(t)
	var calls []func()
	for i, d := range s.devices {
		twice := slices.Concat(s.samples[i], s.samples[i])
		rng.Shuffle(len(twice), func(a, b int) { twice[a], twice[b] = twice[b], twice[a] })
		for len(twice) > 0 {
			n := 1 + rng.IntN(len(twice))
			batch := twice[:n]
			twice = twice[n:]
			calls = append(calls, func() { require.NoError(t, e.AddPower(d.ID, batch)) })
		}
	}
	for _, g := range s.gaps {
		calls = append(calls, func() { require.NoError(t, e.AddGap(s.devices[g.device].ID, g.from, g.to)) })
	}
	for _, r := range s.requests {
		add := func() { require.NoError(t, e.AddRequest(r)) }
		calls = append(calls, add, add)
	}
	rng.Shuffle(len(calls), func(a, b int) { calls[a], calls[b] = calls[b], calls[a] })
	for _, call := range calls {
		call()
	}
	res, err := e.Close(s.from, s.to)
	require.NoError(t, err)
	return res
}

// Law 2, incremental: an engine that settles as it goes gives the same bits.
func TestAdvanceChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		s.options.FromNS = s.from
		if s.from == 0 {
			s.from = 1
			s.options.FromNS = 1
		}
		s.to = max(s.to, 1000_000*ms)
		want := s.solve(t)
		got := s.solveStepwise(t, func() int64 { return rapid.Int64Range(1, 3000).Draw(t, "stride") * ms })
		same(t, want, got)
	})
}

// solveStepwise tells what begins before each watermark, then advances to it.
func (s scenario) solveStepwise(t require.TestingT, stride func() int64) Result {
	e := s.engine(t)
	var shares []Share
	told := make([]int, len(s.devices))
	requests := slices.Clone(s.requests)
	slices.SortStableFunc(requests, func(a, b Request) int { return int(a.StartNS/ms - b.StartNS/ms) })
	gaps := s.gaps
	slices.SortStableFunc(gaps, func(a, b declaredOn) int { return int(a.from/ms - b.from/ms) })
	for w := -500 * ms; w < 60_000*ms; w += stride() {
		for i, d := range s.devices {
			for told[i] < len(s.samples[i]) && s.samples[i][told[i]].TimeNS < w {
				require.NoError(t, e.AddPower(d.ID, s.samples[i][told[i]:told[i]+1]))
				told[i]++
			}
		}
		for len(gaps) > 0 && gaps[0].from < w {
			require.NoError(t, e.AddGap(s.devices[gaps[0].device].ID, gaps[0].from, gaps[0].to))
			gaps = gaps[1:]
		}
		for len(requests) > 0 && requests[0].StartNS < w {
			require.NoError(t, e.AddRequest(requests[0]))
			requests = requests[1:]
		}
		shares = append(shares, e.Advance(w)...)
	}
	res, err := e.Close(s.from, s.to)
	require.NoError(t, err)
	require.Zero(t, res.Late)
	res.Shares = append(shares, res.Shares...)
	SortShares(res.Shares)
	if len(res.Shares) == 0 {
		res.Shares = nil
	}
	return res
}

// Law 4: outside the measured time there is nothing, and it says so.
func TestOutsideTheWindowIsUnknown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		out := Request{
			ID: "outside", Attempt: 1, StartNS: s.to, EndNS: s.to + 1000*ms, FirstTokenNS: event.Missing, QueueNS: event.Missing,
			Devices: []string{"gpu-0"}, Account: "ok",
		}
		s.requests = append(s.requests, out)
		for _, x := range s.solve(t).Shares {
			if x.RequestID != "outside" {
				require.Equal(t, x.Coverage > 0, x.Known)
				require.Equal(t, x.Known, x.Provenance != event.Absent)
				if x.Coverage < 1 && !slices.Contains(x.Flags, FlagNoDuration) && x.Coverage > 0 {
					require.NotEmpty(t, x.Flags, "%+v", x)
				}
				continue
			}
			require.Zero(t, x.EnergyJ)
			require.Zero(t, x.Coverage)
			require.False(t, x.Known)
			require.Equal(t, event.Absent, x.Provenance)
		}
	})
}

// Law 4: twice the power is twice the energy, in every column.
func TestEnergyScalesWithPower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		const k = 2
		// A counter is called frozen by a threshold in joules, which does not scale.
		for i := range s.samples {
			for j := range s.samples[i] {
				s.samples[i][j].EnergyMJ = event.Missing
			}
		}
		small := s.solve(t)
		for i := range s.samples {
			s.samples[i] = slices.Clone(s.samples[i])
			for j := range s.samples[i] {
				if p := &s.samples[i][j].PowerMW; *p != event.Missing {
					*p *= k
				}
			}
			if p := &s.devices[i].IdlePowerMW; *p != event.Missing {
				*p *= k
			}
		}
		big := s.solve(t)
		for i, x := range small.Shares {
			y := big.Shares[i]
			near(t, k*x.EnergyJ, y.EnergyJ, 1e-12, "energy")
			near(t, k*x.IdleJ, y.IdleJ, 1e-12, "idle")
			near(t, k*x.PrefillJ, y.PrefillJ, 1e-12, "prefill")
			near(t, k*x.HighJ, y.HighJ, 1e-12, "high")
			require.Equal(t, x.Coverage, y.Coverage)
		}
		for i, x := range small.Ledgers {
			near(t, k*x.MeasuredJ, big.Ledgers[i].MeasuredJ, 1e-12, "measured")
		}
	})
}
