package attribution

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// A device at 100 W, read every 100 ms without a counter, serves from 1 s to 2 s and
// from 2.05 s to 4 s of the window from 1 s to 5 s.
func TestSumsAreBounded(t *testing.T) {
	solve := func(o Options, d Device, drop func(ns int64) bool) Ledger {
		o.Methods = []string{EqualShare}
		e, err := NewEngine(o)
		require.NoError(t, err)
		d.ID, d.Provenance, d.IdlePowerMW = "gpu", event.Measured, event.Missing
		require.NoError(t, e.AddDevice(d))
		for ns := int64(0); ns <= 6e9; ns += 100e6 {
			if drop == nil || !drop(ns) {
				require.NoError(t, e.AddPower("gpu", []Sample{{ns, 100_000, event.Missing}}))
			}
		}
		for i, at := range [][2]int64{{1e9, 2e9}, {2.05e9, 4e9}} {
			require.NoError(t, e.AddRequest(Request{
				ID: string(rune('a' + i)), Devices: []string{"gpu"}, StartNS: at[0], EndNS: at[1], FirstTokenNS: event.Missing,
				QueueNS: event.Missing, InputTokens: event.Missing, OutputTokens: event.Missing, ClockErrorNS: 10e6,
			}))
		}
		r, err := e.Close(1e9, 5e9)
		require.NoError(t, err)
		require.Equal(t, r.Ledgers[0].MeasuredHighJ, r.Ledgers[1].MeasuredHighJ, "one device is all")
		return r.Ledgers[0]
	}
	plain := solve(Options{}, Device{}, nil)
	require.InDelta(t, 400, plain.MeasuredJ, 1e-9)
	require.InDelta(t, 400-20, plain.MeasuredLowJ, 1e-9, "100 ms at either end")
	require.InDelta(t, 400+20, plain.MeasuredHighJ, 1e-9)
	require.InDelta(t, 295-20-5-11, plain.RequestsLowJ, 1e-9, "and the pause of 50 ms, and where the idle second begins")
	require.InDelta(t, 295+20+5+11, plain.RequestsHighJ, 1e-9)

	require.InDelta(t, 400+20+2*3, solve(Options{WindowErrorNS: 30e6}, Device{}, nil).MeasuredHighJ, 1e-9, "a clock that is off by 30 ms")
	require.InDelta(t, 400-20-20, solve(Options{}, Device{GainErrorRel: 0.05}, nil).MeasuredLowJ, 1e-9)
	require.InDelta(t, 400+20+50, solve(Options{}, Device{AverageWindowNS: 1e9}, nil).MeasuredHighJ, 1e-9, "a quarter of the averaging at either end")

	hole := solve(Options{}, Device{}, func(ns int64) bool { return ns > 2.5e9 && ns < 3.8e9 })
	require.InDelta(t, 130, hole.GapJ, 1e-9)
	require.InDelta(t, 400-20-130, hole.MeasuredLowJ, 1e-9, "nothing in the hole")
	require.InDelta(t, 400+20+130, hole.MeasuredHighJ, 1e-9, "twice as much")
	require.InDelta(t, 165+20+5+11+2*130, hole.RequestsHighJ, 1e-9)

	cut := solve(Options{}, Device{}, func(ns int64) bool { return ns > 3e9 })
	require.InDelta(t, 200, cut.MeasuredJ, 1e-9)
	require.InDelta(t, 200+20+200, cut.MeasuredHighJ, 1e-9, "two seconds of which nothing is known")
}

func TestOptionsRefuseANegativeWindowError(t *testing.T) {
	_, err := NewEngine(Options{Methods: []string{EqualShare}, WindowErrorNS: -1})
	require.ErrorIs(t, err, ErrOptions)
}
