package reporting_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/membus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/reporting"
)

const patience = 30 * time.Second

// bench is a broker with a store, and a folder for results.
type bench struct {
	dial  func() (*bus.Bus, error)
	bus   *bus.Bus
	store *run.Store
	dir   string
	// more is published after the record.
	more []recordtest.Item
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	return benchOn(t, func() (*bus.Bus, error) { return natsbus.Connect(t.Context(), server.ConnectOptions()) })
}

// newQuickBench is a bench without sockets, for a bubble of testing/synctest.
func newQuickBench(t *testing.T) *bench {
	t.Helper()
	broker := membus.NewBroker()
	return benchOn(t, func() (*bus.Bus, error) { return broker.Connect(), nil })
}

func benchOn(t *testing.T, dial func() (*bus.Bus, error)) *bench {
	t.Helper()
	b := &bench{dial: dial, dir: t.TempDir()}
	b.bus = b.connect(t)
	var err error
	b.store, err = run.NewStore(t.Context(), b.bus)
	require.NoError(t, err)
	return b
}

func (b *bench) connect(t *testing.T) *bus.Bus {
	t.Helper()
	c, err := b.dial()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.WithoutCancel(t.Context()))) })
	return c
}

// publish puts the recorded run onto the streams, but for what without drops, and
// closes its producers.
func (b *bench) publish(t *testing.T, id event.RunID, c config.Run, without func(event.Payload) bool) run.State {
	t.Helper()
	state := run.State{
		Run: id, Name: c.Name, Phase: run.Running, Config: config.Effective(c), ConfigDigest: config.Digest(c),
		Simulated: true, RequestedNS: recordtest.Started.UnixNano(), RunningNS: recordtest.Started.UnixNano(),
	}
	publishers := map[event.Producer]*bus.Publisher{}
	for _, item := range append(recordtest.Items(c), b.more...) {
		if without != nil && without(item.Data) {
			continue
		}
		p := publishers[item.Producer]
		if p == nil {
			p = b.bus.NewPublisher(item.Producer, clock.System("node"))
			publishers[item.Producer] = p
			var err error
			producer, epoch := p.Identity()
			state, err = state.Join(producer, epoch)
			require.NoError(t, err)
		}
		require.NoError(t, p.Publish(t.Context(), id, item.Data))
	}
	for _, p := range publishers {
		require.NoError(t, p.CloseRun(t.Context(), id))
		var err error
		state, err = state.Leave(p.Identity())
		require.NoError(t, err)
	}
	return state
}

// drain stores the run as draining, from where the reporter takes it.
func (b *bench) drain(t *testing.T, state run.State) {
	t.Helper()
	state, err := state.Drain(recordtest.Started.UnixNano())
	require.NoError(t, err)
	require.NoError(t, b.store.Create(t.Context(), state))
}

// start runs a reporter replica on a connection of its own.
func (b *bench) start(t *testing.T, instance string, tables reporting.Tables) (stop func()) {
	t.Helper()
	conn := b.connect(t)
	return b.startReading(t, instance, conn, conn, tables)
}

// startReading is start with the streams seen through something.
func (b *bench) startReading(t *testing.T, instance string, conn *bus.Bus, streams collect.Source, tables reporting.Tables) (stop func()) {
	t.Helper()
	store, err := run.NewStore(t.Context(), conn)
	require.NoError(t, err)
	leases, err := run.NewLeases(t.Context(), conn)
	require.NoError(t, err)
	system := clock.System("node")
	r := &reporting.Runner{
		Streams: streams, Publisher: conn.NewPublisher(event.Producer{Service: "reporter", Instance: instance}, system),
		Store: store, Leases: leases, Clock: system, Log: slog.New(slog.DiscardHandler), Tables: tables,
	}
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
	return stop
}

func (b *bench) await(t *testing.T, id event.RunID, done func(run.State) bool) run.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	state, err := b.store.Await(ctx, id, done)
	require.NoError(t, err, "phase %s", state.Phase)
	return state
}

func reported(s run.State) bool { return s.Phase.Final() }

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(text)
}

var errAway = errors.New("database is away")

// fakeTables can be away, and can hold a reporter at its last step.
type fakeTables struct {
	away    bool
	hold    chan struct{}
	reached chan struct{}
}

func (f *fakeTables) Ping(context.Context) error {
	if f.away {
		return errAway
	}
	return nil
}

func (f *fakeTables) Settle(ctx context.Context) error {
	if f.away {
		return errAway
	}
	if f.hold != nil {
		close(f.reached)
		select {
		case <-f.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
