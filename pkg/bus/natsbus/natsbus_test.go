package natsbus_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/bustest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	embedded "github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

func TestContract(t *testing.T) {
	bustest.Run(t, bustest.Features{Restart: true, TTLStep: time.Second}, func(t *testing.T) bustest.Broker {
		t.Helper()
		s := startServer(t, stream.Options{})
		return bustest.Broker{
			Connect: func(ctx context.Context) (*bus.Bus, error) { return natsbus.Connect(ctx, s.options()) },
			Put:     s.put,
			Stop:    func(ctx context.Context) error { return s.Stop(ctx) },
			Start:   func(context.Context) error { s.start(t); return nil },
		}
	})
}

// server can be started again on its store and its port.
type server struct {
	*embedded.Server
	dir, listen string
}

// startServer brings up a server with the declared streams for the test.
func startServer(tb testing.TB, o stream.Options) *server {
	tb.Helper()
	s := &server{dir: tb.TempDir(), listen: "127.0.0.1:0"}
	s.start(tb)
	tb.Cleanup(func() { require.NoError(tb, s.Stop(context.Background())) })
	s.listen = strings.TrimPrefix(s.URL(), "nats://")
	require.NoError(tb, natsbus.EnsureWith(tb.Context(), s.options(), o))
	return s
}

func (s *server) start(tb testing.TB) {
	tb.Helper()
	started, err := embedded.Start(tb.Context(), embedded.Options{StoreDir: s.dir, Listen: s.listen})
	require.NoError(tb, err)
	s.Server = started
}

// options connect over loopback, so that a restart breaks the connection.
func (s *server) options() bus.Options { return bus.Options{URL: s.URL(), Name: "test"} }

func (s *server) put(ctx context.Context, m *nats.Msg) error {
	nc, err := nats.Connect(s.URL())
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	_, err = js.PublishMsg(ctx, m)
	return err
}
