package result_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func record() []event.Event {
	return recordtest.Number(recordtest.Run, recordtest.Items(recordtest.Config("/tmp/x")))
}

func compute(t require.TestingT, events []event.Event, methods ...string) result.Result {
	r, err := collect.From(recordtest.Run, events)
	require.NoError(t, err)
	res, err := result.Compute(r, result.Options{Revision: 1, Methods: methods})
	require.NoError(t, err)
	return res
}

func csvText(t require.TestingT, res result.Result) []byte {
	var out bytes.Buffer
	require.NoError(t, sink.WriteRequests(&out, res.Rows))
	return out.Bytes()
}

// golden gives the stored text after it was perhaps rewritten.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	return want
}

// intervals belong to the engine, whose own tests hold their width.
var intervals = []string{"energy_low_j", "energy_high_j", "inside_interval"}

// near compares texts, and numbers to nine digits: the last ones are the engine's
// order of summing.
func near(t *testing.T, at, want, got string) {
	t.Helper()
	a, errA := strconv.ParseFloat(want, 64)
	b, errB := strconv.ParseFloat(got, 64)
	_, intA := strconv.ParseInt(want, 10, 64)
	_, intB := strconv.ParseInt(got, 10, 64)
	if errA != nil || errB != nil || intA == nil && intB == nil {
		require.Equal(t, want, got, "%s; run with -update if this is meant", at)
		return
	}
	require.InDelta(t, a, b, 1e-9*max(math.Abs(a), 1e-6), "%s; run with -update if this is meant", at)
}

// The recorded run's result, looked at once and held since.
func TestGoldenRequests(t *testing.T) {
	got := csvText(t, compute(t, record()))
	want, err := csv.NewReader(bytes.NewReader(golden(t, "requests.csv", got))).ReadAll()
	require.NoError(t, err)
	lines, err := csv.NewReader(bytes.NewReader(got)).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, len(want))
	require.Equal(t, want[0], lines[0])
	for i := range want {
		for k, name := range want[0] {
			if !slices.Contains(intervals, name) {
				near(t, fmt.Sprintf("line %d, %s", i+1, name), want[i][k], lines[i][k])
			}
		}
	}
}

func TestGoldenSummary(t *testing.T) {
	text, err := json.MarshalIndent(compute(t, record()).Summary, "", "  ")
	require.NoError(t, err)
	want := strings.Split(string(golden(t, "summary.json", append(text, '\n'))), "\n")
	lines := strings.Split(string(text)+"\n", "\n")
	require.Len(t, lines, len(want))
	for i := range want {
		name, a, _ := strings.Cut(want[i], ": ")
		other, b, _ := strings.Cut(lines[i], ": ")
		require.Equal(t, name, other, "line %d", i+1)
		// What is left over of the account is rounding itself.
		if key := strings.Trim(name, ` "`); !slices.Contains(intervals, key) && key != "residual_rel" {
			near(t, fmt.Sprintf("line %d, %s", i+1, key), strings.TrimSuffix(a, ","), strings.TrimSuffix(b, ","))
		}
	}
}

// Shuffled and repeated events give the same bytes.
func TestOrderDoesNotMatter(t *testing.T) {
	want := compute(t, record())
	rapid.Check(t, func(t *rapid.T) {
		events := append(record(), record()[:20]...)
		got := compute(t, rapid.Permutation(events).Draw(t, "order"))
		require.Equal(t, string(csvText(t, want)), string(csvText(t, got)))
		require.EqualValues(t, 20, got.Summary.Completeness.Duplicates)
		got.Summary.Completeness.Duplicates = 0
		require.Equal(t, want.Summary, got.Summary)
	})
}

// The rows add up to the account, the account to the meter, under every method.
func TestEnergyIsConserved(t *testing.T) {
	res := compute(t, record())
	require.Len(t, res.Summary.Methods, 3)
	for _, m := range res.Summary.Methods {
		var sum float64
		rows := 0
		for _, row := range res.Rows {
			if row.Method == m.Method {
				sum += *row.EnergyJ
				rows++
			}
		}
		require.Equal(t, recordtest.Attempts, rows)
		require.InEpsilon(t, m.RequestsJ, sum, 1e-12)
		require.LessOrEqual(t, m.ResidualRel, 1e-9)
		require.InEpsilon(t, m.MeasuredJ, m.RequestsJ+m.IdleJ+m.UnattributedJ+m.GapJ, 1e-9)
		require.InEpsilon(t, m.RequestsJ, m.OKJ+m.FailedJ+m.CancelledJ+m.WarmupJ+m.RetriedJ, 1e-9)
		for _, account := range []float64{m.OKJ, m.FailedJ, m.CancelledJ, m.WarmupJ, m.RetriedJ} {
			require.Positive(t, account)
		}
	}
}

func TestCountsAndLatencies(t *testing.T) {
	s := compute(t, record()).Summary
	require.Equal(t, event.RequestCounts{
		Total: 12, OK: 10, Failed: 1, Cancelled: 1, Warmup: 1, Attempts: 13, Retried: 1,
		ByErrorClass: map[string]int64{"http_status": 1, "stream_broken": 1},
	}, s.Requests)
	require.EqualValues(t, 1, s.Tokens.Missing)
	// Nine ok attempts are no warm-up. Each waits 80 ms and then gets a token
	// every 23 ms.
	require.EqualValues(t, 9, s.Latency.TTFTS.Count)
	require.InDelta(t, 0.080, s.Latency.TTFTS.P50, 1e-12)
	require.InDelta(t, 0.023, s.Latency.ITLS.P99, 1e-12)
	require.InDelta(t, 0.023, s.Latency.TPOTS.Mean, 1e-12)
	require.EqualValues(t, 5, s.Throughput.ConcurrencyMax) // the repeated attempt reaches into the next four
	require.Equal(t, []event.ClockState{{Host: "node", Reference: "node", SameHost: true}}, s.Clock)
	require.Equal(t, event.RunCompleted, s.Status)
	require.Equal(t, "valid_with_warnings", s.Verdict.Result)
}

// A flag of a second is on the requests of that second and on no others.
func TestFlagsTouchWhatTheyTouch(t *testing.T) {
	res := compute(t, record())
	from := recordtest.Started.UnixNano() + 4e9
	with, without := 0, 0
	for _, row := range res.Rows {
		touches := row.SentNS <= from+1e9 && row.EndNS >= from
		require.Equal(t, touches, slices.Contains(row.Flags, "throttled"), row.RequestID)
		if touches {
			with++
		} else {
			without++
		}
	}
	require.Positive(t, with)
	require.Positive(t, without)
}

// Other methods recompute the same record.
func TestMethodsCanBeReplaced(t *testing.T) {
	res := compute(t, record(), "equal-share/v1")
	require.Len(t, res.Rows, recordtest.Attempts)
	require.Equal(t, "equal-share/v1", res.Summary.Energy.Method)
}

// A lost event makes the run incomplete, and says so.
func TestLostEventMakesItIncomplete(t *testing.T) {
	events := record()
	at := slices.IndexFunc(events, func(e event.Event) bool { return e.Type() == event.TypePowerSampled })
	s := compute(t, slices.Delete(events, at, at+1)).Summary
	require.Equal(t, event.RunIncomplete, s.Status)
	require.Equal(t, "incomplete", s.Verdict.Result)
	require.Contains(t, s.Verdict.Reasons[0], "events were read")
}

// A driver host whose clock is 40 ms ahead and drifts gives the energies of one in
// step, once the offset is known; without it its requests say so.
func TestClockOffsetIsCorrected(t *testing.T) {
	want := compute(t, record())
	apart := func(estimated bool) result.Result {
		items := recordtest.Items(recordtest.Config("/tmp/x"))
		start := recordtest.Started.UnixNano()
		ahead := func(ns int64) int64 { return 40e6 + (ns-start)/1000 } // 1 ms each second
		for i := range items {
			if f, ok := items[i].Data.(*event.RequestFinished); ok {
				moved := *f
				moved.Clock = event.Clock{Host: "driver", BootID: "other"}
				moved.Sent.WallNS += ahead(f.Sent.WallNS)
				moved.Sent.MonoNS = 0 // another machine's, of no use here
				items[i].Data = &moved
			}
			if s, ok := items[i].Data.(*event.RequestStarted); ok {
				moved := *s
				moved.Clock = event.Clock{Host: "driver", BootID: "other"}
				moved.Sent.MonoNS = 0
				items[i].Data = &moved
			}
		}
		if estimated {
			for second := range int64(9) {
				at := start + second*1e9
				items = append(items, recordtest.Item{Producer: recordtest.DriverA, Data: &event.ClockOffset{
					Host: "driver", Reference: "node", AtNS: at, OffsetNS: ahead(at), ErrorNS: 1e5, Samples: 8,
				}})
			}
		}
		return compute(t, recordtest.Number(recordtest.Run, items))
	}
	worst := func(r result.Result) (out float64) {
		for i, row := range r.Rows {
			out = max(out, math.Abs(*row.EnergyJ-*want.Rows[i].EnergyJ) / *want.Rows[i].EnergyJ)
		}
		return out
	}
	corrected, raw := apart(true), apart(false)
	require.Less(t, worst(corrected), 1e-6)
	sure, less := want.Summary.Energy, corrected.Summary.Energy
	const watts, ends = 360 + 340, 2 * 1e-4 // the most that they drew
	require.InDelta(t, sure.Intervals.MeasuredJ.High+1.5*watts*ends, less.Intervals.MeasuredJ.High, watts*ends/2,
		"the error of either end, and as much again half a second away from an estimate")
	require.InDelta(t, want.Summary.Windows[1].Intervals.MeasuredJ.High+1.5*watts*ends, corrected.Summary.Windows[1].Intervals.MeasuredJ.High,
		watts*ends/2, "the ends of a window are as far off")
	require.Greater(t, less.Before.IntervalJ.High, sure.Before.IntervalJ.High)
	require.NotContains(t, strings.Join(less.Intervals.Without, "; "), "clocks")
	require.Contains(t, raw.Summary.Energy.Intervals.Without, "all: without the distance between clocks, which nobody measured (driver)")
	require.Greater(t, worst(raw), 1e-4)
	require.Contains(t, raw.Rows[0].Flags, "clock_unknown")
	require.NotContains(t, corrected.Rows[0].Flags, "clock_unknown")
	state := corrected.Summary.Clock[0]
	require.Equal(t, "driver", state.Host)
	require.False(t, state.SameHost)
	require.InDelta(t, 44e6, float64(state.OffsetNS), 1e6)
	require.EqualValues(t, 1e5, state.ErrorNS)
}

// A driver host's wall clock that is set while the run is on moves no energy, because
// estimates are joined by the monotonic clocks; what it does move says so.
func TestASetClockMovesNoEnergy(t *testing.T) {
	want := compute(t, record())
	const step = int64(700e6)
	turn := recordtest.Stamp(4 * time.Second).MonoNS
	other := event.Clock{Host: "driver", BootID: "other"}
	set := func(s event.Stamp) event.Stamp {
		if s.MonoNS >= turn {
			s.WallNS += step
		}
		s.MonoNS += int64(time.Minute) // booted earlier
		return s
	}
	record := func(monotonic bool) result.Result {
		items := recordtest.Items(recordtest.Config("/tmp/x"))
		for i := range items {
			if f, ok := items[i].Data.(*event.RequestFinished); ok {
				moved := *f
				moved.Clock, moved.Sent = other, set(f.Sent)
				items[i].Data = &moved
			}
			if s, ok := items[i].Data.(*event.RequestStarted); ok {
				moved := *s
				moved.Clock, moved.Sent = other, set(s.Sent)
				items[i].Data = &moved
			}
		}
		for after := time.Duration(0); after <= 9*time.Second; after += 3 * time.Second {
			at := recordtest.Stamp(after)
			host := set(at)
			o := event.ClockOffset{Host: "driver", Reference: "node", AtNS: at.WallNS, OffsetNS: host.WallNS - at.WallNS, ErrorNS: 1e5, Samples: 8}
			if monotonic {
				o.HostMonoNS, o.ReferenceMonoNS = host.MonoNS, at.MonoNS
			}
			items = append(items, recordtest.Item{Producer: recordtest.DriverA, Data: &o})
		}
		return compute(t, recordtest.Number(recordtest.Run, items))
	}
	apart := func(r result.Result) (out float64) {
		for i, row := range r.Rows {
			out = max(out, math.Abs(*row.EnergyJ / *want.Rows[i].EnergyJ - 1))
		}
		return out
	}
	res := record(true)
	require.Less(t, apart(res), 1e-9)
	require.Greater(t, apart(record(false)), 1e-2, "by the wall clocks alone it would")
	require.Equal(t, step, res.Summary.Clock[0].SteppedNS)
	require.Zero(t, res.Summary.Clock[1].SteppedNS)
	marked := 0
	for i, row := range res.Rows {
		late := want.Rows[i].SentNS >= recordtest.Stamp(4*time.Second).WallNS
		require.Equal(t, late, slices.Contains(row.Flags, "clock_stepped"), row.RequestID)
		if late {
			marked++
		}
	}
	require.Positive(t, marked)
	require.Less(t, marked, len(res.Rows))
	require.Contains(t, text(res.Summary.Verdict), "clock_stepped on")
}

// A run that measures nothing has rows without energy, and none is zero.
func TestNothingMeasuredIsMissing(t *testing.T) {
	c := recordtest.Config("/tmp/x")
	c.Metrics.Enabled = false
	var items []recordtest.Item
	for _, item := range recordtest.Items(c) {
		if item.Producer != recordtest.Sampler {
			items = append(items, item)
		}
	}
	res := compute(t, recordtest.Number(recordtest.Run, items))
	require.Len(t, res.Rows, 3*recordtest.Attempts)
	for _, row := range res.Rows {
		require.Nil(t, row.EnergyJ)
		require.Nil(t, row.EmissionsGCO2e)
		require.Equal(t, event.Absent, row.Provenance)
	}
	require.Nil(t, res.Summary.Energy.MeasuredJ)
	require.Nil(t, res.Summary.Energy.TotalWh)
}

// Attempts as bare as the event allows are no problem.
func TestBareAttempts(t *testing.T) {
	items := recordtest.Items(recordtest.Config("/tmp/x"))
	for i := range items {
		f, ok := items[i].Data.(*event.RequestFinished)
		if !ok {
			continue
		}
		bare := *f
		bare.ChunkGapsNS, bare.LastTokenAfterNS, bare.FirstByteAfterNS, bare.Server = nil, nil, nil, nil
		if f.Index%2 == 0 {
			bare.FirstTokenAfterNS, bare.FirstOutputAfterNS = nil, nil
		}
		items[i].Data = &bare
	}
	require.Len(t, compute(t, recordtest.Number(recordtest.Run, items)).Rows, 3*recordtest.Attempts)
}
