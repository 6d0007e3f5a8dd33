package sink

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// computed is the recorded run with its files under dir.
func computed(t *testing.T, dir string) (*collect.Run, result.Result) {
	t.Helper()
	r, err := collect.From(recordtest.Run, recordtest.Number(recordtest.Run, recordtest.Items(recordtest.Config(dir))))
	require.NoError(t, err)
	res, err := result.Compute(r, result.Options{Revision: 1})
	require.NoError(t, err)
	return r, res
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// One line of each file that people read by machine, with its header.
func TestGoldenRows(t *testing.T) {
	r, res := computed(t, "/tmp/x")
	header, row := seedRow(r, res.Summary)
	var out strings.Builder
	for i := range header {
		fmt.Fprintf(&out, "%s=%s\n", header[i], row[i])
	}
	out.WriteByte('\n')
	for i, text := range texts(emissionCells(r, res.Summary)) {
		fmt.Fprintf(&out, "%s=%s\n", emissionColumns[i], text)
	}
	const path = "testdata/rows.txt"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(out.String()), 0o644))
	}
	want := strings.Split(read(t, path), "\n")
	lines := strings.Split(out.String(), "\n")
	require.Len(t, lines, len(want))
	for i := range want {
		name, a, _ := strings.Cut(want[i], "=")
		other, b, _ := strings.Cut(lines[i], "=")
		require.Equal(t, name, other)
		// The last digits of an energy are the engine's order of summing.
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		if errX == nil && errY == nil {
			require.InDelta(t, x, y, 1e-9*max(math.Abs(x), 1e-9), "%s; run with -update if this is meant", name)
			continue
		}
		require.Equal(t, a, b, "%s; run with -update if this is meant", name)
	}
}

// Gauges stand in the row of their own moment and in no other.
func TestPowerHasGaugesWhereTheyWereRead(t *testing.T) {
	r := &collect.Run{
		ID: recordtest.Run,
		Samples: map[string][]attribution.Sample{"GPU-0": {
			{TimeNS: 1, PowerMW: 300, EnergyMJ: 10},
			{TimeNS: 2, PowerMW: event.Missing, EnergyMJ: event.Missing},
			{TimeNS: 2, PowerMW: 310, EnergyMJ: 20},
			{TimeNS: 3, PowerMW: 320, EnergyMJ: 30},
		}},
		Gauges: map[string][]collect.Gauges{"GPU-0": {{
			TimeNS: 2, UtilizationPct: 97, MemoryUsedBytes: 1 << 30, SMClockMHz: 1755, TemperatureC: 61, ThrottleReasons: 0x48,
			ForeignProcesses: 0, PowerLimitMW: 700_000, MemoryPowerMW: event.Missing,
		}}},
	}
	path := filepath.Join(t.TempDir(), "power.csv")
	require.NoError(t, writePower(path, r))
	id := string(recordtest.Run) + ",GPU-0,"
	require.Equal(t, []string{
		"run_id,device,time_ns,power_mw,energy_mj,utilization_pct,memory_used_bytes,sm_clock_mhz,temperature_c,throttle_reasons,foreign_processes,power_limit_mw,memory_power_mw",
		id + "1,300,10,,,,,,,,",
		id + "2,,,97,1073741824,1755,61,72,0,700000,",
		id + "2,310,20,,,,,,,,",
		id + "3,320,30,,,,,,,,",
	}, strings.Split(strings.TrimSpace(read(t, path)), "\n"))
}

// Tokens that the server did not count are empty in rows that collect runs.
func TestRowsOfUncountedTokens(t *testing.T) {
	r, res := computed(t, "/tmp/x")
	s := res.Summary
	s.Tokens, s.Throughput = event.TokenSums{Missing: s.Requests.OK}, event.Throughput{}
	for of, write := range map[string]func(*collect.Run, event.Summary) (header, row []string){"seed": seedRow, "score": scoreRow} {
		header, row := write(r, s)
		empty := 0
		for i, name := range header {
			if strings.Contains(name, "token") && !strings.Contains(name, "time") {
				require.Empty(t, row[i], name)
				empty++
			}
		}
		require.Equal(t, map[string]int{"seed": 4, "score": 5}[of], empty, of)
	}
}

func TestFilesOfARun(t *testing.T) {
	dir := t.TempDir()
	r, res := computed(t, dir)
	folder := Folder(r.Config, r.ID)
	require.NoError(t, Files(folder, r, res))
	require.NoError(t, Rows(r, res.Summary))
	// Again, as after a reporter was killed in between: the same files.
	want := map[string]string{}
	list := func() (names []string) {
		require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if !d.IsDir() {
				names = append(names, strings.TrimPrefix(path, dir+"/"))
			}
			return err
		}))
		return names
	}
	for _, name := range list() {
		want[name] = read(t, filepath.Join(dir, name))
	}
	run := "out/" + string(r.ID) + "/"
	require.ElementsMatch(t, []string{
		run + "requests.csv", run + "summary.json", run + "power.csv", run + "windows.csv", run + "stretches.csv", run + "report.html", run + "emissions.csv", run + "emissions.json",
		"emissions/emissions.csv", "emissions/emissions.jsonl", "results/benchmark_results.csv",
	}, list())
	require.NoError(t, Files(folder, r, res))
	require.NoError(t, Rows(r, res.Summary))
	require.Len(t, list(), len(want))
	for name, text := range want {
		require.Equal(t, text, read(t, filepath.Join(dir, name)), name)
	}

	power := csvtest.Rows(t, filepath.Join(folder, "power.csv"))
	require.Len(t, power, 240)
	require.Equal(t, "61", power[0]["temperature_c"])
	require.Equal(t, "50", power[0]["utilization_pct"])
	require.Empty(t, power[0]["sm_clock_mhz"], "it was not read")
	windows := csvtest.Rows(t, filepath.Join(folder, "windows.csv"))
	require.Len(t, windows, 4)
	require.Equal(t, float(res.Summary.Windows[1].Intervals.JPerRequest.Low), windows[1]["j_per_request_low"])
	require.Equal(t, "1", windows[1]["coverage"])
	stretches := csvtest.Rows(t, filepath.Join(folder, "stretches.csv"))
	require.Len(t, stretches, 1)
	require.Equal(t, "steady", stretches[0]["kind"])
	require.Equal(t, float(res.Summary.Steady.Account.Intervals.MeasuredJ.High), stretches[0]["measured_high_j"])
	var twin map[string]any
	require.NoError(t, json.Unmarshal([]byte(read(t, filepath.Join(folder, "emissions.json"))), &twin))
	row := csvtest.Rows(t, filepath.Join(folder, "emissions.csv"))[0]
	require.Len(t, row, 38)
	for name, value := range twin {
		switch v := value.(type) {
		case nil:
			require.Empty(t, row[name], name)
		case float64:
			require.Equal(t, row[name], float(v), name)
		default:
			require.Equal(t, row[name], v, name)
		}
	}
	info, err := os.Stat(filepath.Join(folder, "summary.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode().Perm())
}

// Runs that end together each find their row, and none is lost.
func TestManyRunsGrowOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "rows.csv")
	header := []string{"run_id", "value"}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			for range 2 {
				if err := putRow(path, header, []string{fmt.Sprint("run", i), fmt.Sprint(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Len(t, csvtest.Rows(t, path), 20)
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing else is left")
}

func TestForeignFileIsSetAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.csv")
	for i, foreign := range []string{"other,header\n1,2\n", "run_id,value\n\"broken", "run_id,value\n1,2,3\n"} {
		require.NoError(t, os.WriteFile(path, []byte(foreign), 0o600))
		require.NoError(t, putRow(path, []string{"run_id", "value"}, []string{"a", "1"}))
		require.Equal(t, "run_id,value\na,1\n", read(t, path))
		backup := path + ".bak"
		if i > 0 {
			backup += fmt.Sprint(i)
		}
		require.Equal(t, foreign, read(t, backup))
	}
}

func TestCheckSaysWhatIsInTheWayAndLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Check(recordtest.Config(filepath.Join(dir, "new", "deep"))))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)

	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	c := recordtest.Config(filepath.Join(dir, "ok"))
	c.OutputDir = filepath.Join(file, "out")
	err = Check(c)
	require.ErrorIs(t, err, ErrOutput)
	require.ErrorContains(t, err, file)

	c = recordtest.Config(filepath.Join(dir, "ok"))
	c.Reporter.OutputFile = dir
	require.ErrorContains(t, Check(c), "is not a file")
}

// A write that fails half way leaves the old file and no other.
func TestFailedWriteLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "b.csv"), 0o700))
	r, res := computed(t, dir)
	require.ErrorIs(t, writeRequests(filepath.Join(dir, "b.csv"), res.Rows), ErrOutput)
	require.ErrorIs(t, writeRequests(filepath.Join(path, "c.csv"), res.Rows), ErrOutput)
	require.ErrorIs(t, Files(filepath.Join(path, "run"), r, res), ErrOutput)
	require.Equal(t, "old", read(t, path))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

// Whatever stands in a file, the row is in it once afterwards and the others stay.
func FuzzSpliceRow(f *testing.F) {
	f.Add("", "r1", "v")
	f.Add("run_id,value\nr1,1\nr2,2\n", "r1", "new")
	f.Add("run_id,value\r\nr1,\"a\nb\"", "r3", "x,y")
	f.Add("run_id,value\n\n\"r1\",\n", "r1", "\"")
	f.Add("value,run_id\n", "r1", "v")
	f.Fuzz(func(t *testing.T, old, run, value string) {
		header := []string{"run_id", "value"}
		// encoding/csv reads \r\n inside quotes as \n, so such a value is not its own.
		if strings.Contains(run+value, "\r") {
			return
		}
		before, beforeErr := csv.NewReader(strings.NewReader(old)).ReadAll()
		grown, ok := spliceRow([]byte(old), header, []string{run, value})
		if !ok {
			require.True(t, beforeErr != nil || len(before) == 0 || before[0][0] != "run_id" || len(before[0]) != 2 || before[0][1] != "value")
			return
		}
		after, err := csv.NewReader(strings.NewReader(string(grown))).ReadAll()
		require.NoError(t, err)
		var want [][]string
		if old == "" {
			before = [][]string{header}
		}
		for i, record := range before {
			if i == 0 || record[0] != run {
				want = append(want, record)
			}
		}
		require.Equal(t, append(want, []string{run, value}), after)
	})
}
