package attribution

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

const missing = event.Missing

// flat is constant power without a counter, every 100 ms over [0, seconds].
func flat(watts, seconds int64) []Sample {
	var out []Sample
	for t := int64(0); t <= seconds*10; t++ {
		out = append(out, Sample{t * 100 * ms, watts * 1000, missing})
	}
	return out
}

type solved struct {
	Result
	t *testing.T
}

func (s solved) share(id, method string) Share       { return shareOf(s.t, s.Result, id, method) }
func (s solved) ledger(device, method string) Ledger { return ledgerOf(s.t, s.Result, device, method) }

func solve(t *testing.T, s scenario) solved {
	t.Helper()
	return solved{s.solve(t), t}
}

func oneDevice(idleMW int64, methods ...string) scenario {
	return scenario{
		options: Options{Methods: methods, PrefillTokenWeight: 0.5, DecodeTokenWeight: 2},
		devices: []Device{{ID: "gpu-0", Provenance: event.Measured, IdlePowerMW: idleMW}},
		samples: [][]Sample{flat(100, 10)},
		to:      10_000 * ms,
	}
}

func ask(id string, startS, firstS, endS float64, in, out int64) Request {
	return Request{
		ID: id, Attempt: 1, Devices: []string{"gpu-0"}, Account: "ok",
		StartNS: int64(startS * 1e9), FirstTokenNS: int64(firstS * 1e9), EndNS: int64(endS * 1e9),
		QueueNS: missing, InputTokens: in, OutputTokens: out,
	}
}

// a prefills 400 tokens over [1, 2] (200 units/s) and decodes 100 over [2, 6]
// (50 units/s); b prefills 200 over [2, 4] (50 units/s) and decodes 50 over
// [4, 6] (50 units/s). At 100 W that is 100 J, then 400 J halved.
func TestTokenWeightedByHand(t *testing.T) {
	s := oneDevice(0, TokenWeighted)
	s.requests = []Request{ask("a", 1, 2, 6, 400, 100), ask("b", 2, 4, 6, 200, 50)}
	r := solve(t, s)
	a, b := r.share("a", TokenWeighted), r.share("b", TokenWeighted)
	require.InDelta(t, 100, a.PrefillJ, 1e-9)
	require.InDelta(t, 200, a.DecodeJ, 1e-9)
	require.InDelta(t, 100, b.PrefillJ, 1e-9)
	require.InDelta(t, 100, b.DecodeJ, 1e-9)
	require.InDelta(t, 500, r.ledger("gpu-0", TokenWeighted).IdleJ, 1e-9)
	require.Equal(t, event.Measured, a.Provenance)
	require.InDelta(t, 1, a.Coverage, 0)
}

// Idle power is shared by time: 40 W × 1 s, then 40 W × 4 s halved. The other
// 60 W go by tokens: b has twice a's rate while both decode.
func TestIdleIsSharedByTime(t *testing.T) {
	s := oneDevice(40_000, TokenWeighted)
	s.requests = []Request{ask("a", 1, 2, 6, 400, 100), ask("b", 2, 2, 6, 0, 200)}
	r := solve(t, s)
	a, b := r.share("a", TokenWeighted), r.share("b", TokenWeighted)
	require.InDelta(t, 40+80, a.IdleJ, 1e-9)
	require.InDelta(t, 80, b.IdleJ, 1e-9)
	require.InDelta(t, 60+80, a.DynamicJ, 1e-9)
	require.InDelta(t, 160, b.DynamicJ, 1e-9)

	s.options.IdlePolicy = IdleSeparate
	r = solve(t, s)
	require.Zero(t, r.share("a", TokenWeighted).IdleJ)
	require.InDelta(t, 140, r.share("a", TokenWeighted).EnergyJ, 1e-9)
	require.InDelta(t, 500+200, r.ledger("gpu-0", TokenWeighted).IdleJ, 1e-9)
}

// Without tokens to go by, an attempt takes an equal part and the others split
// what is left by theirs.
func TestTokensMissing(t *testing.T) {
	s := oneDevice(0, EqualShare, TokenWeighted)
	s.requests = []Request{ask("a", 0, 0, 10, 0, 100), ask("b", 0, 0, 10, 0, 300), ask("c", 0, 0, 10, missing, missing)}
	r := solve(t, s)
	require.InDelta(t, 1000./3, r.share("c", TokenWeighted).EnergyJ, 1e-9)
	require.InDelta(t, 2000./3/4, r.share("a", TokenWeighted).EnergyJ, 1e-9)
	require.InDelta(t, 2000./3*3/4, r.share("b", TokenWeighted).EnergyJ, 1e-9)
	require.Contains(t, r.share("c", TokenWeighted).Flags, FlagTokensMissing)
	require.NotContains(t, r.share("c", EqualShare).Flags, FlagTokensMissing)
}

// Nobody moves a token: the dynamic part is nobody's, the idle part is shared.
func TestUnattributed(t *testing.T) {
	s := oneDevice(40_000, TokenWeighted)
	s.requests = []Request{ask("a", 2, 2, 4, 7, 0)}
	r := solve(t, s)
	require.InDelta(t, 80, r.share("a", TokenWeighted).EnergyJ, 1e-9)
	require.InDelta(t, 120, r.ledger("", TokenWeighted).UnattributedJ, 1e-9)
}

// b waits in the queue from 2 to 5; phase-aware charges it nothing for that.
func TestQueueIsFree(t *testing.T) {
	s := oneDevice(0, EqualShare, PhaseAware, TokenWeighted)
	a, b := ask("a", 2, 2, 8, 0, 600), ask("b", 2, 6, 8, 400, 200)
	b.QueueNS = 3000 * ms
	s.requests = []Request{a, b}
	r := solve(t, s)
	require.InDelta(t, 150, r.share("b", EqualShare).QueueJ, 1e-9)
	// Prefill at 50 units/s over [2, 6] against 200 units/s: a fifth, three quarters of it queueing.
	require.InDelta(t, 60, r.share("b", TokenWeighted).QueueJ, 1e-9)
	require.InDelta(t, 20, r.share("b", TokenWeighted).PrefillJ, 1e-9)
	// Prefill at 200 units/s over [5, 6] against 200 units/s: half.
	require.Zero(t, r.share("b", PhaseAware).QueueJ)
	require.InDelta(t, 50, r.share("b", PhaseAware).PrefillJ, 1e-9)
	require.InDelta(t, 300+50+100, r.share("a", PhaseAware).EnergyJ, 1e-9)
	require.Contains(t, r.share("a", PhaseAware).Flags, FlagQueueUnknown)
	require.NotContains(t, r.share("a", TokenWeighted).Flags, FlagQueueUnknown)
}

// Two devices serve a together: it gets both. Only one of them has data for b.
func TestSeveralDevices(t *testing.T) {
	s := oneDevice(0, EqualShare)
	s.devices = append(s.devices, Device{ID: "gpu-1", Provenance: event.Modelled, IdlePowerMW: 0, Flags: []string{"mig"}},
		Device{ID: "gpu-2", Provenance: event.Measured, IdlePowerMW: 0})
	s.samples = append(s.samples, flat(50, 10), nil)
	a, b := ask("a", 1, 1, 3, 1, 1), ask("b", 4, 4, 6, 1, 1)
	a.Devices = []string{"gpu-1", "gpu-0"}
	b.Devices = []string{"gpu-0", "gpu-2"}
	s.requests = []Request{a, b}
	r := solve(t, s)
	require.InDelta(t, 300, r.share("a", EqualShare).EnergyJ, 1e-9)
	require.Equal(t, event.Modelled, r.share("a", EqualShare).Provenance)
	require.Contains(t, r.share("a", EqualShare).Flags, "mig")
	require.InDelta(t, 200, r.share("b", EqualShare).EnergyJ, 1e-9)
	require.InDelta(t, 0.5, r.share("b", EqualShare).Coverage, 0)
	require.Contains(t, r.share("b", EqualShare).Flags, FlagNoData)
	require.InDelta(t, 1500, r.ledger("", EqualShare).MeasuredJ, 1e-9)
}

// A request half in a hole is charged for the half that was seen; the hole is
// its own account, and bounds the request's energy from above.
func TestHole(t *testing.T) {
	s := oneDevice(0, EqualShare)
	s.samples[0] = append(flat(100, 3), Sample{5000 * ms, 100_000, missing}, Sample{6000 * ms, 100_000, missing})
	s.requests = []Request{ask("a", 2, 2, 4, 1, 1)}
	s.to = 6000 * ms
	r := solve(t, s)
	a := r.share("a", EqualShare)
	require.InDelta(t, 100, a.EnergyJ, 1e-9)
	require.InDelta(t, 0.5, a.Coverage, 0)
	require.Contains(t, a.Flags, FlagGap)
	require.GreaterOrEqual(t, a.HighJ, 200.0)
	l := r.ledger("gpu-0", EqualShare)
	require.InDelta(t, 200, l.GapJ, 1e-9)
	require.InDelta(t, 600, l.MeasuredJ, 1e-9)
	require.Equal(t, 2000*ms, r.Devices[0].GapNS)
	require.Contains(t, r.Devices[0].Flags, FlagGap)
}

func TestAccounts(t *testing.T) {
	s := oneDevice(0, EqualShare)
	s.requests = []Request{ask("a", 1, 1, 2, 1, 1), ask("b", 2, 2, 4, 1, 1)}
	s.requests[1].Account = "failed"
	r := solve(t, s)
	for _, device := range []string{"gpu-0", ""} {
		l := r.ledger(device, EqualShare)
		require.InDeltaMapValues(t, map[string]float64{"ok": 100, "failed": 200}, l.Accounts, 1e-9)
	}
}
