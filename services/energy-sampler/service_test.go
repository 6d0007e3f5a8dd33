package energysampler

import (
	"context"
	"encoding/json"
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
)

// TestServiceMeasuresARunThroughNVML is the whole service, as its main starts it,
// with the real binding on a fake library.
func TestServiceMeasuresARunThroughNVML(t *testing.T) {
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	b, err := natsbus.Connect(t.Context(), server.ConnectOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(context.Background())) }()
	store, err := run.NewStore(t.Context(), b)
	require.NoError(t, err)

	script := nvmltest.Script{
		Devices: 2, Start: time.Now(), Power: []nvmltest.Segment{
			{Device: 0, PowerMW: 90_000},
			{Device: 1, PowerMW: 80_000},
		},
	}
	script.Install(t)
	cfg := DefaultConfig()
	cfg.NATS, cfg.HTTPListen, cfg.LogLevel, cfg.Host = server.ConnectOptions(), "", "error", "gpu-1"
	cfg.NVMLLibrary, cfg.Source, cfg.SpoolDir = nvmltest.Library(t), "nvml", t.TempDir()
	app := service.New("energy-sampler", cfg.Base, Module(cfg))
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(t.Context()))

	raw, err := json.Marshal(config.Run{Metrics: config.Metrics{Enabled: true, Samplers: 1, SampleHz: 100, BaselineS: 1.3}})
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
	update(func(s run.State) (run.State, error) { return s.Drain(time.Now().UnixNano()) })
	_, err = store.Await(t.Context(), id, run.State.AllClosed)
	require.NoError(t, err)
	require.NoError(t, app.Stop(t.Context()))

	var idle []int64
	for record, err := range b.Replay(t.Context(), id) {
		require.NoError(t, err)
		data, err := json.Marshal(record.Event.Data)
		require.NoError(t, err)
		require.NoError(t, contract.Validate(record.Event.Type(), data))
		if d, ok := record.Event.Data.(*event.HostDescribed); ok && d.Devices[0].IdlePowerMW != nil {
			require.Equal(t, "gpu-1", d.Host)
			require.Equal(t, "nvml.power.instant", d.Devices[0].PowerSource)
			idle = []int64{*d.Devices[0].IdlePowerMW, *d.Devices[1].IdlePowerMW}
		}
	}
	require.Len(t, idle, 2)
	require.InDelta(t, 90_000, idle[0], 2000)
	require.InDelta(t, 80_000, idle[1], 2000)
}
