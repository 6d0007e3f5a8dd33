package loading

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// The embedded broker's own, which outlive it by a moment.
		goleak.IgnoreAnyFunction("github.com/nats-io/nats-server/v2/server.(*Server).startGoRoutine.func1"),
		goleak.IgnoreTopFunction("github.com/nats-io/nats-server/v2/server.(*fileStore).flushLoop"),
	)
}

var testTiming = timing{lease: time.Second, margin: 300 * time.Millisecond, leadIn: 100 * time.Millisecond}

// stage is a broker with everything that a loader meets on it.
type stage struct {
	t      testing.TB
	server *nats.Server
	bus    *bus.Bus
	store  *run.Store
	clock  clock.Clock
}

func newStage(tb testing.TB) *stage {
	tb.Helper()
	server, err := nats.Start(tb.Context(), nats.Options{StoreDir: tb.TempDir()})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Stop(context.Background())) })
	require.NoError(tb, natsbus.Ensure(tb.Context(), server.ConnectOptions()))
	s := &stage{t: tb, server: server, clock: clock.System("test")}
	s.bus = s.connect()
	s.store, err = run.NewStore(tb.Context(), s.bus)
	require.NoError(tb, err)
	return s
}

func (s *stage) connect() *bus.Bus {
	s.t.Helper()
	b, err := natsbus.Connect(s.t.Context(), s.server.ConnectOptions())
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, b.Close(context.Background())) })
	return b
}

// loader starts a replica on a connection. stop ends it as a signal would.
func (s *stage) loader(name string, b *bus.Bus) (stop func()) {
	s.t.Helper()
	store, err := run.NewStore(s.t.Context(), b)
	require.NoError(s.t, err)
	leases, err := run.NewLeases(s.t.Context(), b)
	require.NoError(s.t, err)
	l := &Loader{
		Bus: b, Producer: event.Producer{Service: "prompt-loader", Instance: name},
		Store: store, Leases: leases, Clock: s.clock, Log: slog.New(slog.DiscardHandler),
		Hub:    hub.Client{CacheDir: s.t.TempDir(), Offline: true},
		timing: testTiming,
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = l.Run(ctx) })
	stop = func() { cancel(); work.Wait() }
	s.t.Cleanup(stop)
	return stop
}

// configure is a run of n built-in prompts, in a closed loop.
func configure(n int64, change func(*config.Run)) config.Run {
	c := config.Default()
	c.Name = "test"
	c.Scenario.DatasetName, c.Scenario.NumSamples, c.Scenario.Repeat = config.DatasetBuiltin, n, true
	c.Metrics.Samplers, c.Metrics.BaselineS, c.Metrics.SamplerTimeoutS = 1, 0, 0.2
	c.Backend.ReadyTimeoutS = 0.2
	if change != nil {
		change(&c)
	}
	return c
}

// request opens a run.
func (s *stage) request(c config.Run) event.RunID {
	s.t.Helper()
	now := s.clock.Now().WallNS
	id := event.NewRunID(time.Unix(0, now))
	require.NoError(s.t, s.store.Create(s.t.Context(), run.State{
		Run: id, Name: c.Name, Phase: run.Requested, Config: config.Effective(c),
		ConfigDigest: config.Digest(c), Samplers: c.Metrics.Samplers, RequestedNS: now,
	}))
	return id
}

// ready plays the services that a run waits for.
func (s *stage) ready(id event.RunID, services ...string) {
	s.t.Helper()
	s.await(id, func(state run.State) bool { return state.Phase == run.Baseline })
	_, err := s.store.Update(s.t.Context(), id, func(state run.State) (run.State, error) {
		var err error
		for _, service := range services {
			if service == "energy-sampler" {
				state, err = state.HostReady("gpu-1", event.Producer{Service: service, Instance: "a"})
			} else {
				state, err = state.Check(service)
			}
			if err != nil {
				return state, err
			}
		}
		return state, nil
	})
	require.NoError(s.t, err)
}

var everyone = []string{run.Driver, run.Reporter, "energy-sampler"}

func (s *stage) await(id event.RunID, done func(run.State) bool) run.State {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	state, err := s.store.Await(ctx, id, done)
	if err != nil {
		text, _ := json.Marshal(state)
		require.NoError(s.t, err, "last seen %s", text)
	}
	return state
}

// left waits until every loader has closed its part of the run.
func (s *stage) left(id event.RunID) run.State {
	s.t.Helper()
	return s.await(id, func(state run.State) bool {
		return (state.Prompts != nil || state.Phase.Final() || state.Phase == run.Draining) && state.AllClosed()
	})
}

func (s *stage) loaded(id event.RunID) run.State {
	s.t.Helper()
	return s.await(id, func(state run.State) bool { return state.Prompts != nil })
}

// recorded are the payloads of a kind of event on the run's stream.
func recorded[T event.Payload](s *stage, id event.RunID, kinds ...subject.Kind) (out []T) {
	s.t.Helper()
	for record, err := range s.bus.Replay(s.t.Context(), id, kinds...) {
		require.NoError(s.t, err)
		if data, ok := record.Event.Data.(T); ok {
			out = append(out, data)
		}
	}
	return out
}

func (s *stage) prompts(id event.RunID) []*event.PromptQueued {
	s.t.Helper()
	return recorded[*event.PromptQueued](s, id, subject.Prompt)
}

// requireEachOnce holds the stream to n prompts with the indices 0…n-1.
func requireEachOnce(t *testing.T, prompts []*event.PromptQueued, n int) {
	t.Helper()
	require.Len(t, prompts, n)
	seen := make([]bool, n)
	for _, p := range prompts {
		require.Less(t, p.Index, int64(n))
		require.False(t, seen[p.Index], "prompt %d twice", p.Index)
		seen[p.Index] = true
	}
}
