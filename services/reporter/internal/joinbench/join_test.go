package joinbench

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"syscall"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"
)

//go:embed equal_share.sql
var equalShare string

//go:embed range_join.sql
var rangeJoin string

// query fills the shares table, and says how long that took.
func query(tb testing.TB, conn driver.Conn, sql string, threads int) time.Duration {
	tb.Helper()
	require.NoError(tb, conn.Exec(tb.Context(), "TRUNCATE TABLE shares"))
	settings := ch.Settings{"max_execution_time": 0}
	if threads > 0 {
		settings["max_threads"] = threads
	}
	ctx := ch.Context(context.WithoutCancel(tb.Context()), ch.WithSettings(settings))
	begin := time.Now()
	require.NoError(tb, conn.Exec(ctx, sql))
	return time.Since(begin)
}

// apart is the worst relative distance of the shares table from the joules.
func apart(tb testing.TB, conn driver.Conn, want []float64) (worst float64) {
	tb.Helper()
	rows, err := conn.Query(tb.Context(), "SELECT id, joules FROM shares")
	require.NoError(tb, err)
	n := 0
	for rows.Next() {
		var id uint32
		var joules float64
		if err := rows.Scan(&id, &joules); err != nil {
			tb.Fatal(err)
		}
		worst = max(worst, math.Abs(joules-want[id])/want[id])
		n++
	}
	require.NoError(tb, rows.Err())
	require.Equal(tb, len(want), n)
	return worst
}

// The engine and SQL agree, with one in flight and with many.
func TestAgreement(t *testing.T) {
	for _, inFlight := range []int{1, 7, 64} {
		t.Run(fmt.Sprintf("%d in flight", inFlight), func(t *testing.T) {
			l := newLoad(2_000, 20_000, inFlight)
			joules := make([]float64, l.requests)
			l.engine(t, joules)
			conn := l.store(t)
			query(t, conn, equalShare, 0)
			require.LessOrEqual(t, apart(t, conn, joules), 1e-6)

			// The two naive ones are each other's, and near: they place energy by the sample.
			naive := make([]float64, l.requests)
			l.scan(naive)
			query(t, conn, rangeJoin, 0)
			require.LessOrEqual(t, apart(t, conn, naive), 1e-6)
			require.LessOrEqual(t, apart(t, conn, joules), 0.3)
		})
	}
}

// BenchmarkJoin times them beside each other: at 1 M requests × 10 M samples the
// engine and SQL at its best, on one thread and on all; at a size that they
// manage, the range join and the scan. A run of the engine includes handing it
// its input; SQL finds it stored and sorted. What is named a ratio is a time
// over the engine's on the same input.
func BenchmarkJoin(b *testing.B) {
	b.Run("requests=1000000/samples=10000000", func(b *testing.B) {
		l := newLoad(1_000_000, 10_000_000, 64)
		joules := make([]float64, l.requests)
		conn := l.store(b)
		for b.Loop() {
			engine, cpu := timed(func() { l.engine(b, joules) })
			one := query(b, conn, equalShare, 1)
			require.LessOrEqual(b, apart(b, conn, joules), 1e-6)
			all := query(b, conn, equalShare, 0)
			b.ReportMetric(engine.Seconds(), "engine-s")
			b.ReportMetric(cpu.Seconds(), "engine-cpu-s")
			b.ReportMetric(one.Seconds(), "sql-1thread-s")
			b.ReportMetric(all.Seconds(), "sql-s")
			b.ReportMetric(one.Seconds()/engine.Seconds(), "sql-1thread/engine")
			b.ReportMetric(all.Seconds()/engine.Seconds(), "sql/engine")
		}
	})
	b.Run("requests=5000/samples=50000", func(b *testing.B) {
		l := newLoad(5_000, 50_000, 64)
		joules := make([]float64, l.requests)
		conn := l.store(b)
		for b.Loop() {
			engine, _ := timed(func() { l.engine(b, joules) })
			sql := query(b, conn, equalShare, 1)
			ranged := query(b, conn, rangeJoin, 1)
			clear(joules)
			scan, _ := timed(func() { l.scan(joules) })
			require.LessOrEqual(b, apart(b, conn, joules), 1e-6)
			b.ReportMetric(engine.Seconds(), "engine-s")
			b.ReportMetric(sql.Seconds()/engine.Seconds(), "sql-1thread/engine")
			b.ReportMetric(ranged.Seconds()/engine.Seconds(), "range/engine")
			b.ReportMetric(scan.Seconds()/engine.Seconds(), "scan/engine")
		}
	})
}

// timed is how long f took, by the wall and of this process's processor time.
func timed(f func()) (wall, cpu time.Duration) {
	before, begin := processCPU(), time.Now()
	f()
	return time.Since(begin), processCPU() - before
}

func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
