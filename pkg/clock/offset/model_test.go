package offset

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// world is a host whose clock drifts against the reference at a rate that changes
// from time to time and stays within the bound.
type world struct {
	startNS int64
	// offsets are the host's at the knots, every stepNS of reference time.
	offsets []float64
	stepNS  int64
}

func drawWorld(t *rapid.T) world {
	w := world{startNS: 1_700_000_000e9, stepNS: rapid.Int64Range(1e8, 20e9).Draw(t, "step")}
	at := float64(rapid.Int64Range(-60e9, 60e9).Draw(t, "offset"))
	for range rapid.IntRange(2, 20).Draw(t, "knots") {
		w.offsets = append(w.offsets, at)
		// A little inside the bound, which is by the host's time.
		at += rapid.Float64Range(-0.999, 0.999).Draw(t, "rate") * DriftPPM * 1e-6 * float64(w.stepNS)
	}
	return w
}

func (w world) lastNS() int64 { return w.startNS + int64(len(w.offsets)-1)*w.stepNS }

// ahead is the true offset at a moment of the reference's time.
func (w world) ahead(refNS int64) float64 {
	i := min(max(int((refNS-w.startNS)/w.stepNS), 0), len(w.offsets)-2)
	part := float64(refNS-w.startNS-int64(i)*w.stepNS) / float64(w.stepNS)
	return w.offsets[i] + part*(w.offsets[i+1]-w.offsets[i])
}

func (w world) host(refNS int64) int64 { return refNS + int64(w.ahead(refNS)) }

// exchange is a round trip with any delays: out, at the reference, back.
func (w world) exchange(t *rapid.T, refNS int64) Exchange {
	delay := rapid.Int64Range(0, 5e7)
	received := refNS + delay.Draw(t, "out")
	answered := received + delay.Draw(t, "held")
	heard := answered + delay.Draw(t, "back")
	return Exchange{AskedNS: w.host(refNS), ReceivedNS: received, AnsweredNS: answered, HeardNS: w.host(heard)}
}

// The law: whatever the delays and the drift, the truth is within the error.
func TestTruthIsWithinTheError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		var m Model
		at := w.startNS
		for range rapid.IntRange(1, 8).Draw(t, "bursts") {
			var burst []Exchange
			for range rapid.IntRange(1, 4).Draw(t, "probes") {
				e := w.exchange(t, at)
				burst = append(burst, e)
				at += 2e8
			}
			best, ok := Quickest(burst)
			if !ok {
				t.Fatal("a burst without a quickest")
			}
			m = append(m, best.Estimate())
			at += rapid.Int64Range(0, 10e9).Draw(t, "pause")
		}
		for range 20 {
			ref := rapid.Int64Range(w.startNS, max(w.lastNS(), at)).Draw(t, "moment")
			got, bound := m.At(w.host(ref))
			if off := float64(got) - w.ahead(ref); off > float64(bound)+2 || off < -float64(bound)-2 {
				t.Fatalf("offset %d ± %d, in truth %.0f", got, bound, w.ahead(ref))
			}
		}
	})
}

func TestEstimateIsTheMidpoint(t *testing.T) {
	// 40 ms ahead, 1 ms out, 3 ms back, 10 ms at the reference.
	e := Exchange{AskedNS: 1040e6, ReceivedNS: 1001e6, AnsweredNS: 1011e6, HeardNS: 1054e6}
	got := e.Estimate()
	require.EqualValues(t, 4e6, e.TripNS())
	require.EqualValues(t, 41e6, got.OffsetNS)
	require.InDelta(t, 2e6, got.ErrorNS, 3000)
	require.EqualValues(t, 1047e6, got.HostNS)
	_, ok := Quickest(nil)
	require.False(t, ok)
}

func TestModelBetweenAndOutside(t *testing.T) {
	m := Model{{HostNS: 0, OffsetNS: 40e6, ErrorNS: 1000}, {HostNS: 10e9, OffsetNS: 41e6, ErrorNS: 3000}}
	offset, bound := m.At(5e9)
	require.EqualValues(t, 40.5e6, offset)
	require.InDelta(t, 2000+1e6*DriftPPM/200, bound, 3, "half the span at half the bound's way there and back")
	offset, bound = m.At(20e9)
	require.EqualValues(t, 41e6, offset)
	require.EqualValues(t, 3000+10e9*DriftPPM/1e6, bound)
	require.InDelta(t, 100, m.DriftPPM(), 1e-9)
	require.Zero(t, Model{}.DriftPPM())
	offset, bound = Model{}.At(1)
	require.Zero(t, offset+bound)
}
