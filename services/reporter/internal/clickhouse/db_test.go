package clickhouse_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

// prepared is a database at the project's schema, with a native connection to it.
func prepared(t *testing.T) (*clickhouse.DB, driver.Conn, string) {
	t.Helper()
	name, dsn := clickhousetest.Database(t)
	db, err := clickhouse.Open(clickhouse.Config{URL: dsn})
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context()))
	options, err := ch.ParseDSN(dsn)
	require.NoError(t, err)
	conn, err := ch.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, errors.Join(db.Close(), conn.Close())) })
	return db, conn, name
}

func count(t *testing.T, conn driver.Conn, query string) uint64 {
	t.Helper()
	var n uint64
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&n))
	return n
}

// Several replicas migrate one new database at once; then it is done.
func TestMigrationsRepeatAndRace(t *testing.T) {
	_, dsn := clickhousetest.Database(t)
	// A database that is not there yet.
	dsn += "_new"
	var replicas sync.WaitGroup
	problems := make([]error, 4)
	for i := range problems {
		replicas.Go(func() {
			db, err := clickhouse.Open(clickhouse.Config{URL: dsn})
			if err == nil {
				err = errors.Join(db.Migrate(t.Context()), db.Close())
			}
			problems[i] = err
		})
	}
	replicas.Wait()
	require.NoError(t, errors.Join(problems...))

	db, err := clickhouse.Open(clickhouse.Config{URL: dsn})
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context()))
	require.NoError(t, db.Close())
	options, err := ch.ParseDSN(dsn)
	require.NoError(t, err)
	conn, err := ch.Open(options)
	require.NoError(t, err)
	require.Equal(t, uint64(14), count(t, conn, "SELECT count() FROM dashboards FINAL"))
	require.NoError(t, conn.Exec(t.Context(), "DROP DATABASE `"+options.Auth.Database+"` SYNC"))
	require.NoError(t, conn.Close())
}

// Each migration holds one statement that can be repeated, and goes forward only.
func TestMigrationsKeepTheirForm(t *testing.T) {
	names, err := fs.Glob(schemas.ClickHouse(), "*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := fs.ReadFile(schemas.ClickHouse(), name)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(text), "-- +goose Up\n"), name)
		require.NotContains(t, string(text), "+goose Down", name)
		require.Equal(t, 1, strings.Count(string(text), ";"), name)
		require.Regexp(t, `(?m)^(CREATE (TABLE|VIEW) IF NOT EXISTS|CREATE OR REPLACE VIEW|INSERT INTO dashboards|ALTER TABLE \w+\s+(ADD COLUMN IF NOT EXISTS|MODIFY COLUMN)) `, string(text), name)
	}
}

// What the service writes is what the tables hold, in name and order of columns.
func TestColumnsAreTheTables(t *testing.T) {
	_, conn, name := prepared(t)
	for _, table := range []string{
		tables.Runs, tables.RunSteps, tables.Devices, tables.Prompts, tables.Requests, tables.PowerSamples,
		tables.RequestEnergy, tables.RunSummary, tables.DeviceEnergy, tables.RunWindows, tables.RunStretches, tables.Intensities, tables.EventsDead,
	} {
		rows, err := conn.Query(t.Context(),
			"SELECT name FROM system.columns WHERE database = $1 AND table = $2 AND default_kind = '' ORDER BY position", name, table)
		require.NoError(t, err)
		var columns []string
		for rows.Next() {
			var column string
			require.NoError(t, rows.Scan(&column))
			columns = append(columns, column)
		}
		require.NoError(t, rows.Err())
		require.Equal(t, columns, tables.Columns(table), table)
	}
}

// Tokens that nobody counted are NULL, in a run and in its windows.
func TestUncountedTokensAreNull(t *testing.T) {
	db, conn, _ := prepared(t)
	summary := event.Summary{RunID: recordtest.Run, Revision: 1, Windows: []event.Stretch{{ToNS: 1}}}
	require.NoError(t, db.WriteResult(t.Context(), summary, nil))
	require.Equal(t, uint64(1), count(t, conn, `SELECT count() FROM run_summary
		WHERE input_tokens IS NULL AND output_tokens IS NULL AND output_tokens_per_s IS NULL`))
	require.Equal(t, uint64(1), count(t, conn, "SELECT count() FROM run_windows WHERE input_tokens_per_s IS NULL AND output_tokens_per_s IS NULL"))
}

// How sure the energy of windows, stages and the steady state is stands beside it.
func TestStretchesHaveTheirBounds(t *testing.T) {
	db, conn, _ := prepared(t)
	account := event.Stretch{
		ToNS: 1, MeasuredJ: new(5.0), JPerRequest: new(2.5), Coverage: new(0.5),
		Intervals: &event.Intervals{MeasuredJ: &event.Interval{Low: 4, High: 7}, JPerRequest: &event.Interval{Low: 2, High: 3.5}},
	}
	summary := event.Summary{RunID: recordtest.Run, Revision: 1, Windows: []event.Stretch{account}, Steady: &event.Steady{Account: &account}}
	summary.Stages = []event.StageResult{{Stage: 1, Name: "calm", Account: &account}, {Stage: 2, Name: "never reached"}}
	require.NoError(t, db.WriteResult(t.Context(), summary, nil))
	require.Equal(t, uint64(1), count(t, conn, `SELECT count() FROM run_windows WHERE coverage = 0.5
		AND measured_low_j = 4 AND measured_high_j = 7 AND j_per_request_low = 2 AND j_per_request_high = 3.5 AND requests_low_j IS NULL`))
	require.Equal(t, uint64(2), count(t, conn, `SELECT count() FROM run_stretches WHERE (kind, stage, name) IN (('steady', 0, ''), ('stage', 1, 'calm'))
		AND coverage = 0.5 AND measured_j = 5 AND measured_high_j = 7`))
	require.Equal(t, uint64(1), count(t, conn, `SELECT count() FROM run_summary WHERE steady_coverage = 0.5 AND steady_measured_j = 5
		AND steady_measured_low_j = 4 AND steady_j_per_request_high = 3.5 AND steady_requests_low_j IS NULL`))
}

var parameter = regexp.MustCompile(`\{(\w+):\w+\}`)

// Every chart runs against the real tables, empty ones too, and has the shape that
// the page wants.
func TestChartsRun(t *testing.T) {
	_, conn, name := prepared(t)
	rows, err := conn.Query(t.Context(), "SELECT title, query FROM dashboards FINAL WHERE dashboard = 'AI energy' ORDER BY position")
	require.NoError(t, err)
	charts := map[string]string{}
	for rows.Next() {
		var title, query string
		require.NoError(t, rows.Scan(&title, &query))
		charts[title] = query
	}
	require.NoError(t, rows.Err())
	require.Len(t, charts, 14)
	for title, query := range charts {
		require.Contains(t, query, name+".", title)
		for _, p := range parameter.FindAllStringSubmatch(query, -1) {
			require.Contains(t, []string{"run", "rounding", "seconds"}, p[1], title)
		}
		ctx := ch.Context(t.Context(), ch.WithParameters(ch.Parameters{"run": "", "rounding": "1", "seconds": "86400"}))
		result, err := conn.Query(ctx, query)
		require.NoError(t, err, title)
		require.GreaterOrEqual(t, len(result.Columns()), 2, title)
		require.Equal(t, "t", result.Columns()[0], title)
		require.Equal(t, "UInt32", result.ColumnTypes()[0].DatabaseTypeName(), title)
		require.NoError(t, result.Close())
	}
}

func TestDashboardURLHoldsTheCharts(t *testing.T) {
	text := clickhouse.DashboardURL("http://127.0.0.1:8123/", "aeb", "aeb", "")
	address, fragment, ok := strings.Cut(text, "#")
	require.True(t, ok)
	require.Equal(t, "http://127.0.0.1:8123/dashboard?user=aeb", address)
	raw, err := base64.StdEncoding.DecodeString(fragment)
	require.NoError(t, err)
	// The page tries its compressed form first; a first byte of '{' reads as the
	// empty string there, so that it goes on to base64.
	require.Equal(t, byte('{'), raw[0])
	var state map[string]any
	require.NoError(t, json.Unmarshal(raw, &state))
	require.Equal(t, "http://127.0.0.1:8123/", state["host"])
	require.Contains(t, state["search_query_"], "aeb.dashboards")
}

func TestOpenRefusesWhatIsNoURL(t *testing.T) {
	for _, text := range []string{"", "http://host:8123", "host:9000", "clickhouse://"} {
		_, err := clickhouse.Open(clickhouse.Config{URL: text})
		require.ErrorIs(t, err, clickhouse.ErrURL, text)
	}
	_, err := clickhouse.Open(clickhouse.Config{URL: "clickhouse://aeb:hunter2@ho st"})
	require.ErrorIs(t, err, clickhouse.ErrURL)
	require.NotContains(t, err.Error(), "hunter2")
}
