package natsbus_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

func connect(tb testing.TB, o bus.Options) *bus.Bus {
	tb.Helper()
	b, err := natsbus.Connect(tb.Context(), o)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, b.Close(context.Background())) })
	return b
}

var producer = event.Producer{Service: "prompt-loader", Instance: "l1"}

// A full stream refuses: what is lost is named, counted, and visible as a hole.
func TestFullStreamIsReportedByID(t *testing.T) {
	s := startServer(t, stream.Options{PromptsMaxBytes: 64 << 10})
	b := connect(t, s.options())
	p := b.NewPublisher(producer, clock.System(""))
	run := event.NewRunID(time.Now())
	const n = 200
	data := &event.PromptQueued{RequestID: "r0", Prompt: strings.Repeat("x", 1000), PromptSHA256: strings.Repeat("0", 64)}
	for range n {
		require.NoError(t, p.Publish(t.Context(), run, data))
	}
	err := p.Flush(t.Context())
	require.ErrorIs(t, err, bus.ErrRejected)
	var lost *bus.UnstoredError
	require.ErrorAs(t, err, &lost)
	require.ErrorContains(t, err, "maximum bytes exceeded")
	require.NoError(t, p.Flush(t.Context()), "a loss is reported once")

	require.NoError(t, p.CloseRun(t.Context(), run))
	missing := map[uint64]bool{}
	for _, id := range lost.IDs {
		missing[id.Seq] = true
	}
	stored := 0
	var closed *event.ProducerClosed
	for r, err := range b.Replay(t.Context(), run) {
		require.NoError(t, err)
		require.False(t, missing[r.Event.ID.Seq])
		stored++
		if c, ok := r.Event.Data.(*event.ProducerClosed); ok {
			closed = c
		}
	}
	require.Equal(t, uint64(n+1), closed.Count)
	require.Equal(t, n+1, stored+len(lost.IDs))
}

func TestConnectGivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := natsbus.Connect(ctx, bus.Options{URL: "nats://127.0.0.1:1"})
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = natsbus.Connect(t.Context(), bus.Options{InProcess: "not a server"})
	require.ErrorContains(t, err, "cannot be connected to in process")
	for name, o := range map[string]bus.Options{
		"nats.password_file": {User: "u", PasswordFile: "/nowhere/password"},
		"nkey_file":          {NKeyFile: "/nowhere/seed"},
		"creds_file":         {CredsFile: "/nowhere/creds"},
	} {
		_, err := natsbus.Connect(t.Context(), o)
		require.ErrorContains(t, err, name)
	}
}

// A server that comes up later is waited for.
func TestConnectWaitsForTheServer(t *testing.T) {
	s := startServer(t, stream.Options{})
	require.NoError(t, s.Stop(t.Context()))
	connected := make(chan error, 1)
	go func() {
		b, err := natsbus.Connect(t.Context(), bus.Options{URL: "nats://" + s.listen})
		if err == nil {
			err = b.Close(context.WithoutCancel(t.Context()))
		}
		connected <- err
	}()
	s.start(t)
	require.NoError(t, <-connected)
}
