package simulate

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// birth is when the engines of these tests start.
const birth = int64(1_800_000_000_000_000_000)

func testEngine(change func(*Config)) *engine {
	cfg := DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	return newEngine(cfg, birth, newStats("m", 1000, gauges{zero, zero, zero}))
}

func zero() float64 { return 0 }

func testSequence(name string, prompt, output int) *sequence {
	return &sequence{
		plan: plan{output: output, spoken: output, chars: -1, finish: "length"}, prompt: prompt,
		notify: make(chan struct{}, 1), entry: &entry{run: "r", request: name},
	}
}

// drain steps without lateness until nothing is left, and returns the end.
func drain(e *engine, now int64) int64 {
	for {
		end, busy := e.begin(now)
		if !busy {
			return now
		}
		e.finish(end)
		now = end
	}
}

func TestOneRequestHasTheEnergyOfTheFormula(t *testing.T) {
	e := testEngine(nil)
	s := testSequence("q", 1000, 11)
	e.submit(birth, []*sequence{s})
	end := drain(e, birth)

	// One prefill step and ten decode steps, alone.
	prefillStep := 6*time.Millisecond + 40*time.Millisecond
	decodeStep := 6100 * time.Microsecond
	require.Equal(t, int64(prefillStep+10*decodeStep), end-birth)
	require.Equal(t, int64(prefillStep), s.first-birth)
	row := e.books.truth(e.line, "r", birth, end+1)[0]
	require.InEpsilon(t, 1000*0.02, row.PrefillJ, 1e-12)
	require.InEpsilon(t, 10*0.05, row.DecodeJ, 1e-12)
	require.InEpsilon(t, (70+120)*seconds(end-birth), row.SharedJ, 1e-12)
	require.InEpsilon(t, row.EnergyJ, e.energy(birth, end), 1e-12)
	require.Equal(t, 70.0, e.power(end+1), "afterwards the device idles")
}

func TestBatchIsContinuous(t *testing.T) {
	e := testEngine(func(c *Config) { c.Engine.MaxNumSeqs, c.Engine.MaxBatchedTokens = 2, 64 })
	a, b, c := testSequence("a", 40, 8), testSequence("b", 40, 4), testSequence("c", 40, 4)
	e.submit(birth, []*sequence{a, b, c})

	end, busy := e.begin(birth)
	require.True(t, busy)
	require.Len(t, e.running, 2, "the third waits for a slot")
	require.Len(t, e.waiting, 1)
	require.Equal(t, []chunk{{a, 40}, {b, 24}}, e.chunks, "the budget of 64 cuts the second prompt")
	e.finish(end)
	require.EqualValues(t, 1, a.progress.Load(), "a prompt's end gives the first token")
	require.EqualValues(t, 0, b.progress.Load())

	end, _ = e.begin(end)
	require.Equal(t, []chunk{{b, 16}}, e.chunks, "the first decodes beside the second's prefill")
	e.finish(end)
	require.EqualValues(t, 2, a.progress.Load())
	require.EqualValues(t, 1, b.progress.Load())

	var joined int64
	for now := end; joined == 0; {
		end, busy := e.begin(now)
		require.True(t, busy)
		if c.started != 0 {
			joined = c.started
			require.False(t, a.done(), "the third joins while the first still runs")
			require.Equal(t, b.ended, c.started, "in the very step after the second ended")
		}
		e.finish(end)
		now = end
	}
}

func TestCacheBoundsAdmission(t *testing.T) {
	e := testEngine(func(c *Config) { c.MaxModelLen, c.Engine.KVTokens = 100, 100 })
	a, b := testSequence("a", 50, 10), testSequence("b", 50, 10)
	e.submit(birth, []*sequence{a, b})
	drain(e, birth)
	require.Equal(t, a.ended, b.started)
	require.Zero(t, e.reserved)
}

func TestCancelledRequestKeepsItsEnergy(t *testing.T) {
	e := testEngine(nil)
	a, b := testSequence("a", 10, 100), testSequence("b", 10, 1)
	e.submit(birth, []*sequence{a})
	end, _ := e.begin(birth)
	e.finish(end)
	a.cancelled.Store(true)
	b.cancelled.Store(true)
	e.submit(end, []*sequence{b})
	_, busy := e.begin(end)
	require.False(t, busy)
	require.Zero(t, e.reserved)
	rows := e.books.truth(e.line, "r", birth, end+int64(time.Second))
	require.Len(t, rows, 1, "a request that never ran has no row")
	require.InEpsilon(t, e.energy(birth, end), rows[0].EnergyJ, 1e-12)
}

func TestTimeScaleKeepsEnergies(t *testing.T) {
	joules := func(scale float64) (float64, int64) {
		e := testEngine(func(c *Config) { c.TimeScale = scale })
		e.submit(birth, []*sequence{testSequence("a", 500, 50), testSequence("b", 100, 20)})
		end := drain(e, birth)
		return e.books.truth(e.line, "r", birth, end)[0].EnergyJ, end - birth
	}
	one, slow := joules(1)
	ten, fast := joules(10)
	require.InEpsilon(t, one, ten, 1e-6)
	require.InEpsilon(t, float64(slow), 10*float64(fast), 1e-6)
}

// TestTruthIsConserved is the law of the ledger: over any window, the requests
// and idle make up the devices' energy, and that is the integral of their power,
// added up independently here, whatever arrives, is cancelled or comes late.
func TestTruthIsConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		devices := rapid.IntRange(1, 4).Draw(t, "devices")
		e := testEngine(func(c *Config) {
			c.Devices = Devices(devices)
			c.Engine.MaxNumSeqs = rapid.IntRange(1, 8).Draw(t, "max seqs")
			c.Engine.MaxBatchedTokens = rapid.IntRange(9, 300).Draw(t, "budget")
			c.Physics.IdleW = rapid.Float64Range(0, 500).Draw(t, "idle")
			c.Physics.ActiveW = rapid.Float64Range(0, 500).Draw(t, "active")
			c.Physics.DecodeJPerToken = rapid.Float64Range(0, 2).Draw(t, "decode")
		})
		now, names := birth, 0
		var all []*sequence
		step := func() {
			end, busy := e.begin(now)
			if !busy {
				now += rapid.Int64Range(1, 1e8).Draw(t, "quiet")
				return
			}
			now = end + rapid.Int64Range(0, 5e6).Draw(t, "late")
			e.finish(now)
		}
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0:
				names++
				s := testSequence(fmt.Sprint(names%5), rapid.IntRange(1, 500).Draw(t, "prompt"), rapid.IntRange(1, 30).Draw(t, "output"))
				e.submit(now, []*sequence{s})
				all = append(all, s)
			case 1:
				if len(all) > 0 {
					all[rapid.IntRange(0, len(all)-1).Draw(t, "which")].cancelled.Store(true)
				}
			default:
				step()
			}
		}
		for range 400 {
			step()
		}
		from := birth + rapid.Int64Range(0, now-birth).Draw(t, "from")
		to := from + rapid.Int64Range(0, now-from+1e9).Draw(t, "length")

		requests, idle := 0.0, e.line.between(from, to)[unserved]
		for _, r := range e.books.truth(e.line, "r", from, to) {
			require.InEpsilon(t, max(1e-300, r.PrefillJ+r.DecodeJ+r.SharedJ), max(1e-300, r.EnergyJ), 1e-12)
			requests += r.EnergyJ
		}
		device := 0.0
		for range devices {
			device += e.energy(from, to)
		}
		close := 1e-9 * max(device, 1)
		require.InDelta(t, device, requests+idle, close)
		require.InDelta(t, device, float64(devices)*integral(e, from, to), close)
		require.False(t, math.IsNaN(device))
	})
}

// integral adds up one device's power, stretch by stretch.
func integral(e *engine, from, to int64) (joules float64) {
	at := from
	for _, p := range e.line.since(from, to) {
		joules += e.power(at) * seconds(p.at-at)
		at = p.at
	}
	return joules + e.power(at)*seconds(to-at)
}

func TestOldEntriesAreForgotten(t *testing.T) {
	e := testEngine(func(c *Config) { c.Keep = time.Second })
	now := birth
	for i := range 5000 {
		e.submit(now, []*sequence{testSequence(fmt.Sprint(i), 10, 3)})
		now = drain(e, now) + int64(time.Millisecond)
	}
	require.Less(t, len(e.line.points), 9000)
	require.Less(t, len(e.books.runs["r"]), 3000)
	require.ErrorIs(t, e.line.check(birth), ErrForgotten)
	require.NoError(t, e.line.check(now-int64(time.Second)))
	// The integral from the start is still whole.
	require.InEpsilon(t, 120*e.line.until(now)[busy]+5000*(10*.02+2*.05), e.line.until(now)[load], 1e-9)
}

// BenchmarkStep is one step of a full batch: what the loop costs per 256 tokens.
func BenchmarkStep(b *testing.B) {
	e := testEngine(func(c *Config) { c.Keep = time.Minute })
	var seqs []*sequence
	for i := range 256 {
		seqs = append(seqs, testSequence(fmt.Sprint(i), 8, 1<<40))
	}
	e.limits.KVTokens = math.MaxInt
	e.submit(birth, seqs)
	now := birth
	for b.Loop() {
		now, _ = e.begin(now)
		e.finish(now)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*256), "ns/token")
}
