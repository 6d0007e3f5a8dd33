package attribution

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

const ms = int64(1e6)

// scenario is everything that is told to an engine.
type scenario struct {
	options  Options
	devices  []Device
	samples  [][]Sample // per device, in order, each moment once
	gaps     []declaredOn
	requests []Request
	from, to int64
}

type declaredOn struct {
	device   int
	from, to int64
}

// drawScenario makes overlapping attempts on devices with any mixture of faults:
// missing readings, holes, counters that stand still, go back or are absent.
func drawScenario(t *rapid.T) scenario {
	s := scenario{options: Options{
		Methods:            []string{EqualShare, TokenWeighted, PhaseAware, Fitted},
		IdlePolicy:         rapid.SampledFrom([]IdlePolicy{IdleShared, IdleSeparate}).Draw(t, "policy"),
		PrefillTokenWeight: rapid.SampledFrom([]float64{0, 0.2, 1}).Draw(t, "prefill"),
		DecodeTokenWeight:  1,
		MaxGapNS:           500 * ms,
	}}
	n := rapid.IntRange(1, 3).Draw(t, "devices")
	for i := range n {
		d := Device{
			ID:              fmt.Sprintf("gpu-%d", i),
			Provenance:      event.Measured,
			AverageWindowNS: rapid.SampledFrom([]int64{0, 0, 0, 300 * ms}).Draw(t, "window"),
			CounterStepNS:   rapid.SampledFrom([]int64{0, 20 * ms, 100 * ms}).Draw(t, "step"),
			GainErrorRel:    rapid.SampledFrom([]float64{0, 0.05}).Draw(t, "gain"),
			IdlePowerMW:     rapid.SampledFrom([]int64{event.Missing, 0, 50_000}).Draw(t, "idle"),
		}
		s.devices = append(s.devices, d)
		s.samples = append(s.samples, drawSamples(t, d))
		if rapid.IntRange(0, 4).Draw(t, "gap") == 0 {
			from := rapid.Int64Range(0, 8000).Draw(t, "gapFrom") * ms
			s.gaps = append(s.gaps, declaredOn{i, from, from + rapid.Int64Range(1, 900).Draw(t, "gapLen")*ms})
		}
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "requests") {
		s.requests = append(s.requests, drawRequest(t, i, n))
	}
	s.from = rapid.Int64Range(-500, 3000).Draw(t, "from") * ms
	s.to = s.from + rapid.Int64Range(1, 12_000).Draw(t, "length")*ms
	return s
}

func drawSamples(t *rapid.T, d Device) []Sample {
	hasPower := rapid.IntRange(0, 5).Draw(t, "hasPower") > 0
	counter := rapid.SampledFrom([]string{"good", "good", "none", "reset", "frozen", "spotty"}).Draw(t, "counter")
	period := rapid.SampledFrom([]int64{7, 50, 100, 333}).Draw(t, "period")
	step := max(d.CounterStepNS, 10*ms)
	var out []Sample
	now := rapid.Int64Range(0, 400).Draw(t, "first") * ms
	energyMJ, shownMJ, next := float64(rapid.Int64Range(0, 1_000_000).Draw(t, "base")), int64(0), now
	watts := 100.0
	for range rapid.IntRange(0, 120).Draw(t, "samples") {
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			watts = float64(rapid.IntRange(0, 700).Draw(t, "watts"))
		case 1:
			if rapid.IntRange(0, 4).Draw(t, "hole") == 0 {
				now += rapid.Int64Range(400, 2500).Draw(t, "holeLen") * ms
			}
		}
		dt := period + rapid.Int64Range(0, 3).Draw(t, "jitter")
		now += dt * ms
		energyMJ += watts * float64(dt)
		if now >= next {
			shownMJ, next = int64(energyMJ), now+step
		}
		x := Sample{now, event.Missing, event.Missing}
		if hasPower && rapid.IntRange(0, 20).Draw(t, "p") > 0 {
			x.PowerMW = int64(watts * 1000)
		}
		switch counter {
		case "good":
			x.EnergyMJ = shownMJ
		case "reset":
			if rapid.IntRange(0, 20).Draw(t, "reset") == 0 {
				energyMJ, shownMJ = 0, 0
			}
			x.EnergyMJ = shownMJ
		case "frozen":
			if len(out) < 30 {
				x.EnergyMJ = shownMJ
			} else {
				x.EnergyMJ = out[29].EnergyMJ
			}
		case "spotty":
			if rapid.Bool().Draw(t, "e") {
				x.EnergyMJ = shownMJ
			}
		}
		out = append(out, x)
	}
	return out
}

func drawRequest(t *rapid.T, i, devices int) Request {
	maybe := func(v int64, name string) int64 {
		if rapid.IntRange(0, 6).Draw(t, name+"?") == 0 {
			return event.Missing
		}
		return v
	}
	r := Request{
		ID: fmt.Sprintf("r%d", i/2), Attempt: 1 + i%2,
		StartNS: rapid.Int64Range(-200, 9000).Draw(t, "start") * ms,
		Account: rapid.SampledFrom([]string{"ok", "failed", "warmup"}).Draw(t, "account"),
	}
	wait := rapid.Int64Range(0, 800).Draw(t, "wait") * ms
	r.EndNS = r.StartNS + wait + rapid.Int64Range(0, 4000).Draw(t, "decode")*ms
	r.FirstTokenNS = maybe(r.StartNS+wait, "first")
	r.QueueNS = maybe(rapid.Int64Range(0, 500).Draw(t, "queue")*ms, "queued")
	r.InputTokens = maybe(rapid.Int64Range(0, 4000).Draw(t, "in"), "input")
	r.OutputTokens = maybe(rapid.Int64Range(0, 500).Draw(t, "out"), "output")
	r.ClockErrorNS = rapid.Int64Range(0, 5).Draw(t, "clock") * ms
	if r.FirstTokenNS != event.Missing && rapid.Bool().Draw(t, "chunks") {
		r.ChunkGapsNS = []int64{r.FirstTokenNS - r.StartNS}
		for left := r.EndNS - r.FirstTokenNS; left > 0; {
			gap := min(left, rapid.Int64Range(1, 600).Draw(t, "chunk")*ms)
			r.ChunkGapsNS = append(r.ChunkGapsNS, gap)
			left -= gap
		}
	}
	for d := range devices {
		if rapid.IntRange(0, 2).Draw(t, "on") > 0 {
			r.Devices = append(r.Devices, fmt.Sprintf("gpu-%d", d))
		}
	}
	return r
}

// engine makes one that knows the devices.
func (s scenario) engine(t require.TestingT) *Engine {
	e, err := NewEngine(s.options)
	require.NoError(t, err)
	for _, d := range s.devices {
		require.NoError(t, e.AddDevice(d))
	}
	return e
}

// solve tells everything in the obvious order.
func (s scenario) solve(t require.TestingT) Result {
	e := s.engine(t)
	for i, d := range s.devices {
		require.NoError(t, e.AddPower(d.ID, s.samples[i]))
	}
	for _, g := range s.gaps {
		require.NoError(t, e.AddGap(s.devices[g.device].ID, g.from, g.to))
	}
	for _, r := range s.requests {
		require.NoError(t, e.AddRequest(r))
	}
	res, err := e.Close(s.from, s.to)
	require.NoError(t, err)
	return res
}

func shareOf(tb testing.TB, r Result, id, method string) Share {
	tb.Helper()
	i := slices.IndexFunc(r.Shares, func(s Share) bool { return s.RequestID == id && s.Method == method })
	require.GreaterOrEqual(tb, i, 0, "no share of %s under %s", id, method)
	return r.Shares[i]
}

func ledgerOf(tb testing.TB, r Result, device, method string) Ledger {
	tb.Helper()
	i := slices.IndexFunc(r.Ledgers, func(l Ledger) bool { return l.Device == device && l.Method == method })
	require.GreaterOrEqual(tb, i, 0, "no ledger of %s under %s", device, method)
	return r.Ledgers[i]
}
