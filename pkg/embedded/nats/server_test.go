package nats_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o nats.Options) *nats.Server {
	t.Helper()
	s, err := nats.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop(context.Background())) })
	return s
}

func TestListensOnlyWhenAskedTo(t *testing.T) {
	s := start(t, nats.Options{StoreDir: t.TempDir()})
	require.Empty(t, s.URL())

	s = start(t, nats.Options{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	b, err := natsbus.Connect(t.Context(), bus.Options{URL: s.URL()})
	require.NoError(t, err)
	require.True(t, b.Connected())
	require.NoError(t, b.Close(t.Context()))
}

func TestRefusesWhatOthersCouldReach(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:4222", "[::]:0", "example.org:0"} {
		_, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir(), Listen: listen})
		require.ErrorIs(t, err, nats.ErrNotLoopback, listen)
	}
	for _, listen := range []string{"127.0.0.1", "127.0.0.1:x"} {
		_, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir(), Listen: listen})
		require.Error(t, err, listen)
	}
	_, err := nats.Start(t.Context(), nats.Options{})
	require.ErrorContains(t, err, "no store directory")
}

func TestStoreOutlivesTheServer(t *testing.T) {
	dir := t.TempDir()
	run := event.NewRunID(time.Now())
	for i := range 3 {
		s := start(t, nats.Options{StoreDir: dir})
		require.NoError(t, natsbus.Ensure(t.Context(), s.ConnectOptions()))
		b, err := natsbus.Connect(t.Context(), s.ConnectOptions())
		require.NoError(t, err)
		p := b.NewPublisher(event.Producer{Service: "s", Instance: "i"}, clock.System(""))
		require.NoError(t, p.PublishNow(t.Context(), run, &event.RunDrained{AtNS: 1}))
		n := 0
		for _, err := range b.Replay(t.Context(), run) {
			require.NoError(t, err)
			n++
		}
		require.Equal(t, i+1, n)
		require.NoError(t, b.Close(t.Context()))
		require.NoError(t, s.Stop(t.Context()))
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := nats.Start(t.Context(), nats.Options{StoreDir: filepath.Join(file, "store")})
	require.ErrorContains(t, err, file)

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	_, err = nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir(), Listen: taken.Addr().String()})
	require.ErrorIs(t, err, nats.ErrNotReady)
	require.ErrorContains(t, err, "address already in use")
}
