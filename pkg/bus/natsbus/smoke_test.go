package natsbus_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

func TestSmoke(t *testing.T) {
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Stop(context.Background())) }()
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	b, err := natsbus.Connect(t.Context(), server.ConnectOptions())
	require.NoError(t, err)
	defer b.Close(context.Background())
	p := b.NewPublisher(event.Producer{Service: "s", Instance: "i"}, clock.System(""))
	run := event.NewRunID(time.Now())
	for range 5000 {
		require.NoError(t, p.Publish(t.Context(), run, &event.RunDrained{AtNS: 5}))
	}
	require.NoError(t, p.Flush(t.Context()))
	require.NoError(t, p.CloseRun(t.Context(), run))
	n := 0
	began := time.Now()
	for r, err := range b.Replay(t.Context(), run) {
		require.NoError(t, err)
		n++
		require.Equal(t, uint64(n), r.Event.ID.Seq)
	}
	t.Log(time.Since(began))
	require.Equal(t, 5001, n)
	w, err := b.NewWorker(t.Context(), bus.WorkerSpec{Name: "x", Run: run, Kind: subject.Ctl, MaxInFlight: 4})
	require.NoError(t, err)
	ds, err := w.Fetch(t.Context(), 10, time.Second)
	require.NoError(t, err)
	require.Len(t, ds, 4)
	began = time.Now()
	more, err := w.Fetch(t.Context(), 10, 300*time.Millisecond)
	require.NoError(t, err)
	require.Empty(t, more)
	t.Log(time.Since(began))
	for _, d := range ds {
		require.NoError(t, d.Ack(t.Context()))
	}
	bl, err := w.Backlog(t.Context())
	require.NoError(t, err)
	require.Equal(t, bus.Backlog{Waiting: 4997}, bl)
}
