package reporting_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/ingest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

func summaryOf(t *testing.T, state run.State) event.Summary {
	t.Helper()
	var s event.Summary
	require.NoError(t, json.Unmarshal([]byte(read(t, state.Output, "summary.json")), &s))
	return s
}

// A run is sealed, computed and written, and a replay from the streams alone gives
// the same bytes.
func TestRunIsReportedAndReplayed(t *testing.T) {
	b := newBench(t)
	b.drain(t, b.publish(t, recordtest.Run, recordtest.Config(b.dir), nil))
	b.start(t, "a", nil)
	state := b.await(t, recordtest.Run, reported)
	require.Equal(t, run.Reported, state.Phase)
	require.Equal(t, 1, state.Revision)
	s := summaryOf(t, state)
	require.Equal(t, event.RunCompleted, s.Status)
	require.True(t, s.Completeness.Complete)
	require.Contains(t, s.Notes, "no tables: no ClickHouse is configured")

	replay := t.TempDir()
	again, err := reporter.Replay(t.Context(), b.bus, recordtest.Run, reporter.ReplayOptions{Dir: replay})
	require.NoError(t, err)
	for _, name := range []string{"requests.csv", "power.csv", "windows.csv", "report.html", "emissions.csv", "emissions.json"} {
		require.Equal(t, read(t, state.Output, name), read(t, replay, name), name)
	}
	again.Notes = s.Notes // the live one says what became of the tables
	require.Equal(t, s, again)

	_, err = reporter.Replay(t.Context(), b.bus, event.NewRunID(time.Now()), reporter.ReplayOptions{Dir: replay})
	require.Error(t, err)

	rows, sealed := 0, 0
	for record, err := range b.bus.Replay(t.Context(), recordtest.Run, subject.Result, subject.Ctl) {
		require.NoError(t, err)
		switch record.Event.Data.(type) {
		case *event.ResultRequest:
			rows++
		case *event.RunSealed:
			sealed++
		}
	}
	require.Equal(t, 3*recordtest.Attempts, rows)
	require.Equal(t, 1, sealed)
}

// Two replicas watch; one reports each run.
func TestReplicasReportEachRunOnce(t *testing.T) {
	b := newBench(t)
	b.start(t, "a", nil)
	b.start(t, "b", nil)
	ids := []event.RunID{recordtest.Run}
	for range 3 {
		ids = append(ids, event.NewRunID(time.Now()))
	}
	for _, id := range ids {
		b.drain(t, b.publish(t, id, recordtest.Config(b.dir), nil))
	}
	for _, id := range ids {
		require.Equal(t, 1, b.await(t, id, reported).Revision)
	}
	lines, err := csv.NewReader(strings.NewReader(read(t, b.dir, "results/benchmark_results.csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 1+len(ids))
}

// A reporter that stops after it has written everything but said so is followed by
// another, which comes to the same bytes and one row a run.
func TestAnotherReplicaFinishes(t *testing.T) {
	b := newBench(t)
	held := &fakeTables{hold: make(chan struct{}), reached: make(chan struct{})}
	kill := b.start(t, "a", held)
	b.drain(t, b.publish(t, recordtest.Run, recordtest.Config(b.dir), nil))
	<-held.reached
	folder := filepath.Join(b.dir, "out", string(recordtest.Run))
	want := map[string]string{}
	for _, name := range []string{"requests.csv", "emissions.json"} {
		want[name] = read(t, folder, name)
		require.NoError(t, os.Remove(filepath.Join(folder, name)))
	}
	kill()
	b.start(t, "b", &fakeTables{})
	state := b.await(t, recordtest.Run, reported)
	require.Equal(t, run.Reported, state.Phase)
	for name, text := range want {
		require.Equal(t, text, read(t, folder, name), name)
	}
	lines, err := csv.NewReader(strings.NewReader(read(t, b.dir, "results/benchmark_results.csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 2)
}

// A reporter that dies without a word loses its lease, and the run is taken over.
func TestLeaseOfADeadReporterLapses(t *testing.T) {
	b := newBench(t)
	conn := b.connect(t)
	leases, err := run.NewLeases(t.Context(), conn)
	require.NoError(t, err)
	_, err = leases.Acquire(t.Context(), "reporter-"+string(recordtest.Run), "reporter.dead", time.Second)
	require.NoError(t, err)
	b.drain(t, b.publish(t, recordtest.Run, recordtest.Config(b.dir), nil))
	b.start(t, "b", nil)
	require.NoError(t, conn.Close(t.Context())) // renews no more
	require.Equal(t, run.Reported, b.await(t, recordtest.Run, reported).Phase)
}

// An event that never arrived, a producer that never closed: the run is sealed at
// the deadline and reported as incomplete, with its results.
func TestHoleIsOnTheResult(t *testing.T) {
	b := newBench(t)
	c := recordtest.Config(b.dir)
	state := b.publish(t, recordtest.Run, c, nil)
	silent := b.bus.NewPublisher(event.Producer{Service: "inference-driver", Instance: "silent"}, clock.System("node"))
	state, err := state.Join(silent.Identity())
	require.NoError(t, err)
	b.drain(t, state)
	b.start(t, "a", nil)
	s := summaryOf(t, b.await(t, recordtest.Run, reported))
	require.Equal(t, event.RunIncomplete, s.Status)
	require.Equal(t, "incomplete", s.Verdict.Result)
	require.Contains(t, s.Verdict.Reasons, "inference-driver.silent never said how many events it sent")
	again, err := reporter.Replay(t.Context(), b.bus, recordtest.Run, reporter.ReplayOptions{Dir: t.TempDir()})
	require.NoError(t, err)
	require.Equal(t, s.Completeness, again.Completeness)
	require.Equal(t, s.Verdict, again.Verdict)
}

// A failed and a cancelled run keep and mark their results, by the stream alone too.
func TestFailedRunsKeepTheirResults(t *testing.T) {
	b := newBench(t)
	b.start(t, "a", nil)
	for _, c := range []struct {
		end    func(run.State) (run.State, error)
		status string
	}{
		{func(s run.State) (run.State, error) {
			return s.Fail(event.Failure{Class: "consecutive_failures", Reason: "3 in a row"}, 1)
		}, event.RunHasFailed},
		{func(s run.State) (run.State, error) { return s.Cancel("interrupted", 1) }, event.RunWasStopped},
	} {
		id := event.NewRunID(time.Now())
		state, err := c.end(b.publish(t, id, recordtest.Config(b.dir), nil))
		require.NoError(t, err)
		require.NoError(t, b.store.Create(t.Context(), state))
		s := summaryOf(t, b.await(t, id, reported))
		require.Equal(t, c.status, s.Status)
		require.Len(t, s.Methods, 3)
		again, err := reporter.Replay(t.Context(), b.bus, id, reporter.ReplayOptions{Dir: t.TempDir()})
		require.NoError(t, err)
		require.Equal(t, s.Status, again.Status)
		require.Equal(t, s.Failure, again.Failure)
		require.Equal(t, s.Verdict, again.Verdict)
	}
}

// Before the load the reporter says that it can write, or fails the run.
func TestOutputsAreCheckedBeforeTheLoad(t *testing.T) {
	b := newBench(t)
	b.start(t, "a", nil)
	baseline := func(c config.Run) event.RunID {
		id := event.NewRunID(time.Now())
		require.NoError(t, b.store.Create(t.Context(), run.State{Run: id, Name: c.Name, Phase: run.Baseline, Config: config.Effective(c)}))
		return id
	}
	good := baseline(recordtest.Config(b.dir))
	b.await(t, good, func(s run.State) bool { return s.Checked[run.Reporter] })

	file := filepath.Join(b.dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	c := recordtest.Config(b.dir)
	c.OutputDir = filepath.Join(file, "out")
	state := b.await(t, baseline(c), reported)
	require.Equal(t, run.Failed, state.Phase)
	require.Equal(t, "output", state.Failure.Class)
	require.Contains(t, state.Failure.Reason, file)
}

// A database that is away costs the run a note and nothing else.
func TestFilesAreWrittenWithoutTheDatabase(t *testing.T) {
	b := newBench(t)
	b.start(t, "a", &fakeTables{away: true})
	b.drain(t, b.publish(t, recordtest.Run, recordtest.Config(b.dir), nil))
	s := summaryOf(t, b.await(t, recordtest.Run, reported))
	require.Equal(t, event.RunCompleted, s.Status)
	require.Contains(t, strings.Join(s.Notes, "\n"), "ClickHouse does not answer")
}

// Rows and sums agree between requests.csv, summary.json and the tables, read over
// the native protocol; an analyst's view of the newest revision agrees too.
func TestTablesAgreeWithTheFiles(t *testing.T) {
	b := newBench(t)
	// Made now: readings of a run that is a month old expire at once.
	id := event.NewRunID(time.Now())
	_, dsn := clickhousetest.Database(t)
	db, err := clickhouse.Open(clickhouse.Config{URL: dsn})
	require.NoError(t, err)
	fill := &ingest.Runner{Bus: b.bus, DB: db, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fill.Run(ctx) }()
	options, err := ch.ParseDSN(dsn)
	require.NoError(t, err)
	conn, err := ch.Open(options)
	require.NoError(t, err)
	defer func() {
		cancel()
		require.NoError(t, errors.Join(<-ended, db.Close(), conn.Close()))
	}()
	require.Eventually(t, func() bool { return fill.Settle(t.Context()) == nil }, patience, 10*time.Millisecond)

	b.start(t, "a", struct {
		*clickhouse.DB
		*ingest.Runner
	}{db, fill})
	asks := recordtest.Config(b.dir)
	asks.Metrics.Intensity = &config.Intensity{Type: config.IntensityProfile, File: "day.csv"}
	b.more = []recordtest.Item{recordtest.Said(0, 4*time.Second, 100), recordtest.Said(4*time.Second, time.Hour, 300)}
	b.drain(t, b.publish(t, id, asks, nil))
	state := b.await(t, id, reported)
	s := summaryOf(t, state)

	type account struct {
		rows                           uint64
		energy, emissions, tokens, lag float64
	}
	files := map[string]account{}
	lines, err := csv.NewReader(strings.NewReader(read(t, state.Output, "requests.csv"))).ReadAll()
	require.NoError(t, err)
	column := map[string]int{}
	for i, name := range lines[0] {
		column[name] = i
	}
	number := func(line []string, name string) float64 {
		v, err := strconv.ParseFloat(line[column[name]], 64)
		if err != nil {
			return 0
		}
		return v
	}
	for _, line := range lines[1:] {
		a := files[line[column["method"]]]
		a.rows++
		a.energy += number(line, "energy_j")
		a.emissions += number(line, "emissions_gco2e")
		a.tokens += number(line, "output_tokens")
		a.lag += number(line, "queue_lag_s")
		files[line[column["method"]]] = a
	}
	tables := map[string]account{}
	rows, err := conn.Query(t.Context(), `SELECT method, count(), sum(energy_j), sum(emissions_gco2e), toFloat64(sum(output_tokens)), sum(queue_lag_s)
		FROM latest_results WHERE run_id = $1 GROUP BY method`, string(id))
	require.NoError(t, err)
	for rows.Next() {
		var method string
		var a account
		var energy, emissions, tokens, lag *float64
		require.NoError(t, rows.Scan(&method, &a.rows, &energy, &emissions, &tokens, &lag))
		a.energy, a.emissions, a.tokens, a.lag = *energy, *emissions, *tokens, *lag
		tables[method] = a
	}
	require.NoError(t, rows.Err())
	require.Len(t, tables, len(s.Methods))
	for _, m := range s.Methods {
		require.Equal(t, files[m.Method].rows, tables[m.Method].rows)
		require.EqualValues(t, s.Requests.Attempts, tables[m.Method].rows)
		require.InEpsilon(t, files[m.Method].energy, tables[m.Method].energy, 1e-12)
		require.InEpsilon(t, m.RequestsJ, tables[m.Method].energy, 1e-9)
		require.InEpsilon(t, files[m.Method].emissions, tables[m.Method].emissions, 1e-12)
		require.Equal(t, files[m.Method].tokens, tables[m.Method].tokens)
		require.InEpsilon(t, files[m.Method].lag, tables[m.Method].lag, 1e-12)
	}
	one := func(query string) (v float64) {
		require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&v))
		return v
	}
	require.EqualValues(t, recordtest.Attempts, one("SELECT toFloat64(count()) FROM requests FINAL"))
	require.EqualValues(t, recordtest.Prompts, one("SELECT toFloat64(count()) FROM prompts FINAL"))
	require.EqualValues(t, 240, one("SELECT toFloat64(count()) FROM power_samples FINAL"))
	require.InEpsilon(t, *s.Energy.MeasuredJ, one("SELECT assumeNotNull(measured_j) FROM run_summary FINAL"), 1e-15)
	require.LessOrEqual(t, math.Abs(one("SELECT assumeNotNull(difference_j) FROM energy_check")), 1e-9*s.Methods[0].MeasuredJ)
	// The counters' difference over the load is the measure, but for the edges.
	require.InEpsilon(t, *s.Energy.MeasuredJ, one("SELECT assumeNotNull(counter_j) FROM energy_check"), 0.05)

	// Every chart has something to show of the run. The record is of its own time,
	// so the look back is long.
	charts, err := conn.Query(t.Context(), "SELECT title, query FROM dashboards FINAL")
	require.NoError(t, err)
	shown := 0
	for charts.Next() {
		var title, query string
		require.NoError(t, charts.Scan(&title, &query))
		ctx := ch.Context(t.Context(), ch.WithParameters(ch.Parameters{"run": string(id), "rounding": "1", "seconds": "3000000000"}))
		points, err := conn.Query(ctx, query)
		require.NoError(t, err, title)
		require.True(t, points.Next(), title)
		require.NoError(t, points.Close(), title)
		shown++
	}
	require.NoError(t, charts.Err())
	require.Equal(t, 14, shown)
	require.EqualValues(t, 4, one("SELECT toFloat64(toInt64(swept['load.concurrency'])) FROM runs FINAL WHERE sweep_label = 'load.concurrency=4' AND sweep_index = 0"))
	require.EqualValues(t, len(s.Windows), one("SELECT toFloat64(count()) FROM run_windows FINAL"))
	require.InEpsilon(t, *s.Energy.MeasuredJ, one("SELECT assumeNotNull(sum(measured_j)) FROM run_windows FINAL"), 1e-9)
	require.EqualValues(t, 400, one("SELECT assumeNotNull(sum(g_per_kwh)) FROM intensities FINAL WHERE source = 'day.csv'"))
	require.InEpsilon(t, *s.Emissions.IntensityGPerKWh, one("SELECT assumeNotNull(intensity_g_per_kwh) FROM run_summary FINAL WHERE intensity_provider = 'profile' AND intensity_covered_share = 1 AND intensity_observations = 2"), 1e-15)
	require.EqualValues(t, 4, one("SELECT assumeNotNull(toFloat64(intensity_last_ns - intensity_first_ns)) / 1e9 FROM run_summary FINAL"))
	require.InEpsilon(t, *s.Devices[0].MeasuredJ, one("SELECT assumeNotNull(measured_j) FROM device_energy FINAL WHERE device = 'GPU-0' AND power_source = 'sim.power' AND architecture = 'test'"), 1e-15)
	require.EqualValues(t, 61, one("SELECT assumeNotNull(toFloat64(temperature_max_c)) FROM device_energy FINAL WHERE device = 'GPU-0' AND memory_max_bytes = 3221225472 AND memory_mean_bytes = 3221225472"))
	require.EqualValues(t, 25, one("SELECT assumeNotNull(utilization_mean_pct) FROM device_energy FINAL WHERE device = 'node-cpu'"))

	// A replay into the same tables changes nothing; one by another method adds to
	// them under the revision it is given.
	_, err = reporter.Replay(t.Context(), b.bus, id, reporter.ReplayOptions{Dir: t.TempDir(), ClickHouse: reporter.ClickHouse{URL: dsn}})
	require.NoError(t, err)
	require.EqualValues(t, 3*recordtest.Attempts, one("SELECT toFloat64(count()) FROM latest_results"))
	_, err = reporter.Replay(t.Context(), b.bus, id, reporter.ReplayOptions{
		Dir: t.TempDir(), Methods: []string{"equal-share/v1"}, Revision: 2, ClickHouse: reporter.ClickHouse{URL: dsn},
	})
	require.NoError(t, err)
	require.EqualValues(t, recordtest.Attempts, one("SELECT toFloat64(count()) FROM latest_results"))
}
