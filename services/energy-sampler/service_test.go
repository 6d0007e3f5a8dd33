package energysampler

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/contract"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish/redfishtest"
)

// measured is what the whole service, as its main starts it, publishes of one run. load
// is called while the run is under load.
func measured(t *testing.T, cfg Config, metrics config.Metrics, load func()) []event.Event {
	t.Helper()
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	b, err := natsbus.Connect(t.Context(), server.ConnectOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(context.Background())) }()
	store, err := run.NewStore(t.Context(), b)
	require.NoError(t, err)

	cfg.NATS, cfg.HTTPListen, cfg.LogLevel, cfg.Host = server.ConnectOptions(), "", "error", "gpu-1"
	cfg.SpoolDir = t.TempDir()
	require.NoError(t, cfg.Validate())
	app := service.New("energy-sampler", cfg.Base, Module(cfg))
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(t.Context()))

	metrics.Enabled, metrics.Samplers = true, 1
	raw, err := json.Marshal(config.Run{Metrics: metrics})
	require.NoError(t, err)
	id := event.NewRunID(time.Now())
	require.NoError(t, store.Create(t.Context(), run.State{Run: id, Phase: run.Requested, Config: raw, Samplers: 1, RequestedNS: 1}))
	update := func(step func(run.State) (run.State, error)) {
		t.Helper()
		_, err := store.Update(t.Context(), id, step)
		require.NoError(t, err)
	}
	update(run.State.Measure)
	_, err = store.Await(t.Context(), id, run.State.SamplersReady)
	require.NoError(t, err)
	for _, name := range []string{run.Driver, run.Reporter} {
		update(func(s run.State) (run.State, error) { return s.Check(name) })
	}
	update(func(s run.State) (run.State, error) { return s.Start(time.Now().UnixNano()) })
	load()
	update(func(s run.State) (run.State, error) { return s.Drain(time.Now().UnixNano()) })
	_, err = store.Await(t.Context(), id, run.State.AllClosed)
	require.NoError(t, err)
	require.NoError(t, app.Stop(t.Context()))

	var out []event.Event
	for record, err := range b.Replay(t.Context(), id) {
		require.NoError(t, err)
		data, err := json.Marshal(record.Event.Data)
		require.NoError(t, err)
		require.NoError(t, contract.Validate(record.Event.Type(), data))
		require.NotContains(t, string(data), redfishtest.Password)
		require.NotContains(t, string(data), redfishtest.Token)
		out = append(out, record.Event)
	}
	return out
}

// The real binding on a fake library.
func TestServiceMeasuresARunThroughNVML(t *testing.T) {
	script := nvmltest.Script{
		Devices: 2, Start: time.Now(), Power: []nvmltest.Segment{
			{Device: 0, PowerMW: 90_000},
			{Device: 1, PowerMW: 80_000},
		},
	}
	script.Install(t)
	cfg := DefaultConfig()
	cfg.NVMLLibrary, cfg.Source = nvmltest.Library(t), "nvml"
	var idle []int64
	for _, e := range measured(t, cfg, config.Metrics{SampleHz: 100, BaselineS: 1.3}, func() {}) {
		if d, ok := e.Data.(*event.HostDescribed); ok && d.Devices[0].IdlePowerMW != nil {
			require.Equal(t, "gpu-1", d.Host)
			require.Equal(t, "nvml.power.instant", d.Devices[0].PowerSource)
			idle = []int64{*d.Devices[0].IdlePowerMW, *d.Devices[1].IdlePowerMW}
		}
	}
	require.Len(t, idle, 2)
	require.InDelta(t, 90_000, idle[0], 2000)
	require.InDelta(t, 80_000, idle[1], 2000)
}

// A node by its management controller, which goes away and comes back: readings at its
// own pace, a gap between them, and a run that ends well.
func TestServiceMeasuresANodeThroughRedfish(t *testing.T) {
	bmc := redfishtest.Serve(t, redfishtest.Newer())
	password := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(password, []byte(redfishtest.Password), 0o600))
	cfg := DefaultConfig()
	cfg.Source, cfg.CPU, cfg.RAM, cfg.Node = "none", "none", "none", "redfish"
	cfg.Redfish.URL, cfg.Redfish.CAFile = bmc.URL, bmc.CAFile
	cfg.Redfish.User, cfg.Redfish.PasswordFile = redfishtest.User, password

	asked := func() int { return bmc.Count("GET /redfish/v1/Chassis/1U/EnvironmentMetrics") }
	another := func() {
		before := asked()
		require.Eventually(t, func() bool { return asked() > before }, 10*time.Second, 10*time.Millisecond)
	}
	events := measured(t, cfg, config.Metrics{SampleHz: 100, CooldownS: 0.2}, func() {
		another()
		bmc.Set(func() {
			bmc.Answer = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
		})
		another()
		bmc.Set(func() { bmc.Answer = nil })
		another()
		another()
	})
	require.Zero(t, bmc.Open, "its session is ended")
	var readings int
	var gaps []string
	for _, e := range events {
		switch d := e.Data.(type) {
		case *event.HostDescribed:
			require.Equal(t, event.KindNode, d.Devices[0].Kind)
			require.EqualValues(t, time.Second, d.Devices[0].SamplePeriodNS)
		case *event.PowerSampled:
			for i := range d.Devices[0].TNS {
				require.EqualValues(t, 812_500, d.Devices[0].PowerMW[i])
				readings++
			}
		case *event.PowerGap:
			gaps = append(gaps, d.Device+" "+d.Reason)
		}
	}
	require.GreaterOrEqual(t, readings, 3)
	require.Less(t, readings, 50, "one a second, though the loop runs at 100 Hz")
	require.Equal(t, []string{"gpu-1/redfish/1U GET /redfish/v1/Chassis/1U/EnvironmentMetrics: the controller does not answer: HTTP 503"}, gaps)
}
