package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

// Errors of Start.
var (
	// ErrNotLoopback is for a listen address that others could reach: the embedded
	// server has no users.
	ErrNotLoopback = errors.New("embedded NATS listens on loopback only")
	// ErrNotReady is for a server that did not come up in time.
	ErrNotReady = errors.New("embedded NATS did not become ready")
)

const (
	// SyncInterval is when acknowledged events are on disk at the latest. It costs
	// about a tenth of the throughput of the server's default of two minutes.
	SyncInterval = time.Second
	// MaxPayload admits a host-second of eight GPUs at 1 kHz and long prompts.
	MaxPayload = 4 << 20

	readyWait = 10 * time.Second
	// maxStore is above what the streams reserve; the disk itself is the limit.
	maxStore  = 1 << 40
	maxMemory = 256 << 20
)

// Options of the server.
type Options struct {
	// StoreDir holds the streams. It is created when it is not there.
	StoreDir string
	// Listen is a loopback host:port for clients outside this process, port 0 for
	// a free one; "" for none.
	Listen string
	// SyncAlways puts every event on disk before it is acknowledged (the audit
	// profile): 5,000 events per second instead of 130,000.
	SyncAlways bool
	// Log hears the server's warnings and errors; nil is silent.
	Log *slog.Logger
}

// Server is a running server.
type Server struct{ server *server.Server }

// Start runs a server and waits until it takes clients.
func Start(ctx context.Context, o Options) (*Server, error) {
	options, err := serverOptions(o)
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS: %w", err)
	}
	log := newServerLog(o.Log)
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	running := &Server{server: s}
	if err := running.ready(ctx, log); err != nil {
		return nil, errors.Join(fmt.Errorf("%w (store %s)", err, o.StoreDir), running.Stop(context.WithoutCancel(ctx)))
	}
	return running, nil
}

func (s *Server) ready(ctx context.Context, log *serverLog) error {
	deadline := time.Now().Add(readyWait)
	for !s.server.ReadyForConnections(20 * time.Millisecond) {
		select {
		case why := <-log.fatal:
			return fmt.Errorf("%w: %s", ErrNotReady, why)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrNotReady, ctx.Err())
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w within %s", ErrNotReady, readyWait)
		}
	}
	if !s.server.JetStreamEnabled() {
		return fmt.Errorf("%w: JetStream is off", ErrNotReady)
	}
	return nil
}

func serverOptions(o Options) (*server.Options, error) {
	if o.StoreDir == "" {
		return nil, errors.New("embedded NATS: no store directory")
	}
	options := &server.Options{
		ServerName:         "aeb-embedded",
		DontListen:         o.Listen == "",
		JetStream:          true,
		StoreDir:           o.StoreDir,
		SyncInterval:       SyncInterval,
		SyncAlways:         o.SyncAlways,
		JetStreamMaxStore:  maxStore,
		JetStreamMaxMemory: maxMemory,
		MaxPayload:         MaxPayload,
		NoSigs:             true,
	}
	if o.Listen == "" {
		return options, nil
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS: listen address: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%w, not on %s", ErrNotLoopback, o.Listen)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS: listen port: %w", err)
	}
	options.Host, options.Port = host, number
	if number == 0 {
		options.Port = server.RANDOM_PORT
	}
	return options, nil
}

// URL is where clients outside the process connect; "" when it does not listen.
func (s *Server) URL() string {
	if s.server.Addr() == nil {
		return ""
	}
	return "nats://" + s.server.Addr().String()
}

// ConnectOptions reach the server from inside the process.
func (s *Server) ConnectOptions() bus.Options {
	return bus.Options{URL: s.URL(), InProcess: s.server}
}

// Stop shuts the server down and waits until it is gone. Close connections first:
// theirs would try to reconnect.
func (s *Server) Stop(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop embedded NATS: %w", ctx.Err())
	}
}
