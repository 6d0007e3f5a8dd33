package attribution

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func normal(a [][]float64, b []float64) (ata [][]float64, atb []float64) {
	n := len(a[0])
	ata, atb = make([][]float64, n), make([]float64, n)
	for i := range n {
		ata[i] = make([]float64, n)
		for r := range a {
			for j := range n {
				ata[i][j] += a[r][i] * a[r][j]
			}
			atb[i] += a[r][i] * b[r]
		}
	}
	return ata, atb
}

// The solution of non-negative least squares is known by its conditions: x ≥ 0,
// no gradient where x > 0, and none that points upwards where x = 0.
func TestNNLSIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		n := rapid.IntRange(1, 5).Draw(t, "n")
		a, b := make([][]float64, 20), make([]float64, 20)
		for r := range a {
			a[r] = make([]float64, n)
			for j := range a[r] {
				a[r][j] = rng.NormFloat64() * math.Pow(10, float64(j))
				b[r] += a[r][j] * (rng.Float64() - 0.4)
			}
		}
		ata, atb := normal(a, b)
		x := nnls(ata, atb)
		for i := range n {
			w := atb[i]
			for j := range n {
				w -= ata[i][j] * x[j]
			}
			w /= math.Sqrt(ata[i][i])
			limit := 1e-8 * math.Sqrt(float64(len(b))) * (1 + math.Abs(atb[i])/math.Sqrt(ata[i][i]))
			require.GreaterOrEqual(t, x[i], 0.0)
			require.LessOrEqual(t, w, limit, "x[%d] should grow", i)
			if x[i] > 0 {
				require.GreaterOrEqual(t, w, -limit, "x[%d] should shrink", i)
			}
		}
	})
}

func TestNNLSByHand(t *testing.T) {
	ata, atb := normal([][]float64{{1, 0}, {0, 1}, {1, 1}}, []float64{2, -1, 1})
	require.InDeltaSlice(t, []float64{1.5, 0}, nnls(ata, atb), 1e-12)
	ata, atb = normal([][]float64{{1, 0, 2}, {2, 0, 4}, {3, 0, 6}}, []float64{1, 2, 3})
	x := nnls(ata, atb) // a column of zeros, and two that are one
	require.InDelta(t, 1, x[0]+2*x[2], 1e-9)
	require.Zero(t, x[1])
}

// A device whose power is 50 W idle and 80 W served, plus 2 J per generated
// token and 0.5 J per prompt token, gives those costs back, and each request its own.
func TestFittedFindsTheCosts(t *testing.T) {
	const end = 200
	watts := make([]float64, end*100)
	for i := range watts {
		watts[i] = 50
	}
	rng := rand.New(rand.NewPCG(1, 2))
	s := scenario{
		options: Options{Methods: []string{EqualShare, Fitted}},
		devices: []Device{{ID: "gpu-0", Provenance: event.Measured, IdlePowerMW: 50_000}},
		to:      end * 1000 * ms,
	}
	served := make([]int, len(watts))
	truth := map[string]float64{}
	for i := range 60 {
		at := rng.IntN(180) * 100
		first := at + 50*(1+rng.IntN(4))
		in, out := int64(10+rng.IntN(400)), int64(2+rng.IntN(60))
		last := first + 10*int(out-1)
		r := ask(fmt.Sprintf("r%02d", i), 0, 0, 0, in, out)
		r.StartNS, r.FirstTokenNS, r.EndNS, r.QueueNS = int64(at)*10*ms, int64(first)*10*ms, int64(last)*10*ms, 0
		s.requests = append(s.requests, r)
		truth[r.ID] = 0.5*float64(in) + 2*float64(out-1)
		for k := at; k < last; k++ {
			served[k]++
			if k < first {
				watts[k] += 0.5 * float64(in) / (float64(first-at) / 100)
			} else {
				watts[k] += 2 * 10
			}
		}
	}
	energy := 0.0
	samples := []Sample{{0, missing, 0}}
	for i, w := range watts {
		if served[i] > 0 {
			w += 30
		}
		energy += w * 10
		samples = append(samples, Sample{int64(i+1) * 10 * ms, missing, int64(math.Round(energy))})
		for _, r := range s.requests {
			if int64(i)*10*ms >= r.StartNS && int64(i)*10*ms < r.EndNS {
				truth[r.ID] += 80. / 100 / float64(served[i])
			}
		}
	}
	s.samples = [][]Sample{samples}
	s.devices[0].CounterStepNS = 1
	r := solve(t, s)
	require.Len(t, r.Fits, 1)
	f := r.Fits[0]
	require.True(t, f.Usable)
	require.InEpsilon(t, 0.5, f.PrefillTokenJ, 0.01)
	require.InEpsilon(t, 2, f.DecodeTokenJ, 0.01)
	require.InEpsilon(t, 80, f.ActiveW, 0.01)
	require.InEpsilon(t, 50, f.IdleW, 0.01)
	require.Greater(t, f.R2, 0.999)
	for id, want := range truth {
		x := r.share(id, Fitted)
		require.InEpsilon(t, want, x.EnergyJ, 0.01, id)
		require.True(t, x.LowJ <= want && want <= x.HighJ, id)
	}
	require.LessOrEqual(t, r.ledger("", Fitted).ResidualRel, 1e-12)
}

// Too little to learn from: it says so and why, and goes by declared weights. The
// first token comes with the prompt, so a has a hundred left and b ten; where no
// weights are declared, both have the same.
func TestFittedFallsBack(t *testing.T) {
	s := oneDevice(0, EqualShare, Fitted)
	s.samples[0] = flat(100, 1)
	s.requests = []Request{ask("a", 0, 0, 1, 10, 101), ask("b", 0, 0, 1, 10, 11)}
	r := solve(t, s)
	require.False(t, r.Fits[0].Usable)
	require.Equal(t, "too short: 5 stretches of 0.2 s where 8 are needed", r.Fits[0].Reason)
	a, b := r.share("a", Fitted), r.share("b", Fitted)
	require.InDelta(t, 1000./11, a.EnergyJ, 1e-4)
	require.InDelta(t, 100./11, b.EnergyJ, 1e-4)
	require.Contains(t, a.Flags, FlagFitUnusable)
	require.NotContains(t, r.share("a", EqualShare).Flags, FlagFitUnusable)
	require.InDelta(t, 1000./11-50, a.MethodJ, 1e-4, "its rival is equal shares")
	require.LessOrEqual(t, a.LowJ, a.EnergyJ-a.MethodJ)
	require.GreaterOrEqual(t, b.HighJ, b.EnergyJ+b.MethodJ)

	s.options.PrefillTokenWeight, s.options.DecodeTokenWeight = 0, 0
	r = solve(t, s)
	require.InDelta(t, 50, r.share("a", Fitted).EnergyJ, 1e-9)
	require.LessOrEqual(t, r.ledger("", Fitted).ResidualRel, 1e-12)
}

// A fit that cannot be used says why.
func TestFitSaysWhatIsMissing(t *testing.T) {
	s := oneDevice(0, Fitted)
	require.Equal(t, "nothing was drawn while anyone was served", solve(t, s).Fits[0].Reason)
	s.requests = []Request{ask("a", 0, 1, 9, 10, 100)}
	f := solve(t, s).Fits[0]
	require.True(t, f.Usable)
	require.Empty(t, f.Reason)
	require.Equal(t, 16, f.Bins)
	require.InDelta(t, 0.625, f.BinS, 1e-9)
}

// Beats: one attempt made its tokens in the first second, the other, beside it,
// evenly; together they tell when the server was quick.
func TestBeatsFollowTheChunks(t *testing.T) {
	var p progress
	p.add(0, 2000*ms, []int64{1000 * ms, 100 * ms, 100 * ms, 1 << 62})
	w := p.walk()
	require.Zero(t, w.by(1000*ms))
	require.InDelta(t, 0.5, w.by(1050*ms), 1e-3)
	require.InDelta(t, 1, w.by(1100*ms), 1e-3)
	require.InDelta(t, 2.25, w.by(1400*ms), 1e-3)
	require.InDelta(t, 3, w.by(2000*ms), 1e-9)
	require.InDelta(t, 3, w.by(9000*ms), 1e-9)
}

// a, b and c arrive together; their first tokens come at 1, 2 and 4 s. Nobody
// says so, but b was read from 1 to 2 and c from 2 to 4.
func TestQueuesAreGuessed(t *testing.T) {
	s := oneDevice(0, Fitted)
	s.requests = []Request{ask("a", 0, 1, 6, 10, 5), ask("b", 0, 2, 6, 10, 5), ask("c", 0, 4, 6, 10, 5)}
	e := s.engine(t)
	for _, r := range s.requests {
		require.NoError(t, e.AddRequest(r))
	}
	require.NoError(t, e.AddPower("gpu-0", s.samples[0]))
	_, err := e.Close(s.from, s.to)
	require.NoError(t, err)
	for ref, want := range []int64{1000 * ms, 1000 * ms, 2000 * ms} {
		require.InEpsilon(t, want, e.lots.at(uint32(ref)).prefillNS, 1e-6)
	}
}

// a is read from 0 to 1 and b from 1 to 2, if the guess is right; b may have been
// begun beside a, which would move a's 100 J of that second to both.
func TestGuessedQueuesWidenTheInterval(t *testing.T) {
	s := oneDevice(0, Fitted)
	s.requests = []Request{ask("a", 0, 1, 6, 10, 5), ask("b", 0, 2, 6, 10, 5)}
	guessed := solve(t, s)
	s.requests[0].QueueNS, s.requests[1].QueueNS = 0, 1000*ms
	told := solve(t, s)
	for _, id := range []string{"a", "b"} {
		require.InDelta(t, told.share(id, Fitted).EnergyJ, guessed.share(id, Fitted).EnergyJ, 1e-6)
		require.InDelta(t, 100, guessed.share(id, Fitted).MethodJ-told.share(id, Fitted).MethodJ, 1e-6)
	}
}

// Two prompts that end in one step were read in it for as little as one wants to
// think: all that being served cost them meanwhile is in doubt.
func TestPromptsOfOneStepWidenTheInterval(t *testing.T) {
	s := oneDevice(0, Fitted)
	s.requests = []Request{ask("a", 0, 2, 6, 10, 5), ask("b", 0, 2, 6, 10, 5)}
	guessed := solve(t, s)
	s.requests[0].QueueNS, s.requests[1].QueueNS = 0, 0
	told := solve(t, s)
	require.InDelta(t, 100, guessed.share("a", Fitted).MethodJ-told.share("a", Fitted).MethodJ, 1e-6)
}
