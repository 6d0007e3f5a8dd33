package promptloader

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

func broker(t *testing.T) *nats.Server {
	t.Helper()
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	return server
}

// TestServiceRequestsItsRunAndLoadsIt is the whole service, as compose starts it.
func TestServiceRequestsItsRunAndLoadsIt(t *testing.T) {
	server := broker(t)
	b, err := natsbus.Connect(t.Context(), server.ConnectOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(context.Background())) }()
	store, err := run.NewStore(t.Context(), b)
	require.NoError(t, err)

	path := filepath.Join(t.TempDir(), "run.yaml")
	require.NoError(t, os.WriteFile(path, []byte("name: mine\nbackend: {api_key: sk-secret}\nscenario: {dataset_name: builtin}\nmetrics: {enabled: false}\n"), 0o600))
	cfg := DefaultConfig()
	cfg.NATS, cfg.HTTPListen, cfg.LogLevel = server.ConnectOptions(), "", "error"
	cfg.Run, cfg.Simulated, cfg.Overrides = path, true, []string{"scenario.num_samples=7"}
	app := service.New("prompt-loader", cfg.Base, Module(cfg))
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(t.Context()))

	var id event.RunID
	for state, err := range store.Watch(t.Context()) {
		require.NoError(t, err)
		if state.Phase == run.Baseline {
			id = state.Run
			require.Equal(t, "mine", state.Name)
			require.True(t, state.Simulated)
			require.Zero(t, state.Samplers)
			require.NotContains(t, string(state.Config), "sk-secret")
			break
		}
	}
	_, err = store.Update(t.Context(), id, func(s run.State) (run.State, error) {
		s, err := s.Check(run.Driver)
		if err != nil {
			return s, err
		}
		return s.Check(run.Reporter)
	})
	require.NoError(t, err)
	within, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	state, err := store.Await(within, id, func(s run.State) bool { return s.Prompts != nil && s.AllClosed() })
	require.NoError(t, err)
	require.EqualValues(t, 7, *state.Prompts)
	require.NoError(t, app.Stop(t.Context()))

	var first event.Payload
	for record, err := range b.Replay(t.Context(), id) {
		require.NoError(t, err)
		if first == nil {
			first = record.Event.Data
		}
	}
	require.IsType(t, &event.RunRequested{}, first, "a run is explained by its stream from the first event on")
}

func TestWrongRunConfigIsRefused(t *testing.T) {
	server := broker(t)
	b, err := natsbus.Connect(t.Context(), server.ConnectOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(context.Background())) }()
	store, err := run.NewStore(t.Context(), b)
	require.NoError(t, err)
	r := Requester{Bus: b, Store: store, Clock: clock.System("test"), Producer: event.Producer{Service: "run-request", Instance: "a"}}
	c := config.Default()
	c.Load.Concurrency = 0
	_, err = r.Request(t.Context(), c, Opening{})
	require.ErrorContains(t, err, "load.concurrency")
	all, err := store.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)
}
