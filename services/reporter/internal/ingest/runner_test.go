package ingest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/ingest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

const patience = 20 * time.Second

func broker(t *testing.T) *bus.Bus {
	t.Helper()
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	b, err := natsbus.Connect(t.Context(), server.ConnectOptions())
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		require.NoError(t, errors.Join(b.Close(ctx), server.Stop(ctx)))
	})
	return b
}

// start runs ingest until stop is called, which waits for its end.
func start(t *testing.T, b *bus.Bus, store ingest.Store) (r *ingest.Runner, stop func()) {
	t.Helper()
	r = &ingest.Runner{Bus: b, DB: store, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(t, <-ended)
		}
	}
	t.Cleanup(stop)
	return r, stop
}

func settle(t *testing.T, r *ingest.Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	require.Eventually(t, func() bool {
		err = r.Settle(ctx)
		return !errors.Is(err, ingest.ErrNotRunning)
	}, patience, time.Millisecond)
	require.NoError(t, err)
}

func publisher(b *bus.Bus, instance string) *bus.Publisher {
	return b.NewPublisher(event.Producer{Service: "tester", Instance: instance}, clock.System("test"))
}

// queue publishes n prompts of a run.
func queue(t *testing.T, p *bus.Publisher, run event.RunID, n int) {
	t.Helper()
	for i := range n {
		require.NoError(t, p.Publish(t.Context(), run, &event.PromptQueued{
			RequestID: fmt.Sprintf("r%06d", i), Index: int64(i), PromptSHA256: strings.Repeat("0", 64),
		}))
	}
	require.NoError(t, p.Flush(t.Context()))
}

// The database is away, then answers without its answer arriving, then is back:
// every event is there, and none was acknowledged before it was.
func TestNothingIsLostWhileTheDatabaseIsAway(t *testing.T) {
	b, store, run := broker(t), newFakeStore(), event.NewRunID(time.Now())
	r, _ := start(t, b, store)
	settle(t, r)
	store.set(true, false)
	queue(t, publisher(b, "a"), run, 300)
	require.Eventually(t, func() bool { _, refused := store.count(); return refused >= 2 }, patience, 10*time.Millisecond)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, r.Settle(short), context.DeadlineExceeded)

	store.set(false, true)
	require.Eventually(t, func() bool { n, _ := store.count(); return n == 300 }, patience, 10*time.Millisecond)
	store.set(false, false)
	settle(t, r)
	n, _ := store.count()
	require.Equal(t, 300, n)
}

// What one replica holds when it is stopped, another finishes, and two share.
func TestReplicasShareAndTakeOver(t *testing.T) {
	b, store, run := broker(t), newFakeStore(), event.NewRunID(time.Now())
	first, stopFirst := start(t, b, store)
	settle(t, first)
	second, _ := start(t, b, store)
	settle(t, second)
	p := publisher(b, "a")
	queue(t, p, run, 2000)
	stopFirst()
	queue(t, publisher(b, "b"), event.NewRunID(time.Now()), 2000)
	settle(t, second)
	n, _ := store.count()
	require.Equal(t, 4000, n)
	require.ErrorIs(t, first.Settle(t.Context()), ingest.ErrNotRunning)
}

// A database that is away at the start is waited for, and the stop is not held up.
func TestStopsWhileItWaitsForTheDatabase(t *testing.T) {
	b, store := broker(t), newFakeStore()
	store.set(true, false)
	_, stop := start(t, b, store)
	require.Eventually(t, func() bool { _, refused := store.count(); return refused >= 1 }, patience, time.Millisecond)
	stop()
}

// Every kind of event, published twice by two producers, gives the rows of the
// real tables once; the values read back as they were sent.
func TestEveryEventReachesItsTable(t *testing.T) {
	b := broker(t)
	name, dsn := clickhousetest.Database(t)
	db, err := clickhouse.Open(clickhouse.Config{URL: dsn})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })

	run := event.NewRunID(time.Now())
	for _, instance := range []string{"a", "b"} {
		p := publisher(b, instance)
		for _, kind := range event.Types() {
			data, _ := event.NewPayload(kind)
			text, ok := schemas.Example(kind.Name())
			require.True(t, ok)
			require.NoError(t, json.Unmarshal(text, data))
			switch result := data.(type) {
			case *event.ResultRequest:
				result.RunID = run
			case *event.ResultRun:
				result.Summary.RunID = run
			case *event.ProducerClosed:
				continue
			}
			require.NoError(t, p.Publish(t.Context(), run, data))
		}
		require.NoError(t, p.CloseRun(t.Context(), run))
	}
	r, stop := start(t, b, db)
	settle(t, r)
	stop()

	options, err := ch.ParseDSN(dsn)
	require.NoError(t, err)
	conn, err := ch.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	count := func(table string) (n uint64) {
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT count() FROM "+name+"."+table+" FINAL WHERE run_id = $1", string(run)).Scan(&n))
		return n
	}
	example := func(name string, into any) {
		text, _ := schemas.Example(name)
		require.NoError(t, json.Unmarshal(text, into))
	}
	var host event.HostDescribed
	example("host.described.v1", &host)
	var power event.PowerSampled
	example("power.sampled.v1", &power)
	moments := 0
	for _, d := range power.Devices {
		moments += len(d.TNS)
	}
	for table, want := range map[string]int{
		tables.Runs: 1, tables.Devices: len(host.Devices), tables.Prompts: 1, tables.Requests: 1,
		tables.PowerSamples: moments, tables.RequestEnergy: 1, tables.RunSummary: 1,
		// Two producers took each of eight steps.
		tables.RunSteps: 16,
	} {
		require.EqualValues(t, want, count(table), table)
	}

	var want event.ResultRequest
	example("result.request.v1", &want)
	var energy, low *float64
	var scheduled *int64
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT energy_j, energy_low_j, scheduled_ns FROM latest_results WHERE run_id = $1", string(run)).Scan(&energy, &low, &scheduled))
	require.Equal(t, want.EnergyJ, energy)
	require.Equal(t, want.EnergyLowJ, low)
	require.Equal(t, want.ScheduledNS, scheduled)
	var summary event.ResultRun
	example("result.run.v1", &summary)
	summary.Summary.RunID = run
	var text string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT summary FROM run_summary FINAL WHERE run_id = $1", string(run)).Scan(&text))
	var stored event.Summary
	require.NoError(t, json.Unmarshal([]byte(text), &stored))
	require.Equal(t, summary.Summary, stored)
}

// A message that is no event goes to the dead letters and from there to its table.
func TestDeadLettersReachTheirTable(t *testing.T) {
	b, store, run := broker(t), newFakeStore(), event.NewRunID(time.Now())
	queue(t, publisher(b, "a"), run, 1)
	w, err := b.NewWorker(t.Context(), bus.WorkerSpec{Name: "w", Kind: "prompt", MaxInFlight: 1})
	require.NoError(t, err)
	got, err := w.Fetch(t.Context(), 1, patience)
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.NoError(t, got[0].Dead(t.Context(), "tried and given up"))

	r, _ := start(t, b, store)
	settle(t, r)
	settle(t, r)
	rows, _ := store.count()
	require.Equal(t, 2, rows) // the prompt and its dead letter
}
