package simulate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
)

// closeGrace is how long streams in flight may go on once a server is closed.
const closeGrace = time.Second

// Server is a simulator that listens.
type Server struct {
	fleet *Fleet
	http  *http.Server
	url   string
	// ctx is what ends everything; cancel ends it.
	ctx     context.Context
	cancel  context.CancelFunc
	loops   sync.WaitGroup
	closing sync.Once
	err     error
}

// Serve makes a simulator and serves it until ctx ends or Close is called; Close
// is called in either case. listen is host:port, port 0 picks one. It returns
// ErrConfig.
func Serve(ctx context.Context, listen string, cfg Config) (*Server, error) {
	fleet, err := NewFleet([]Config{cfg}, clock.System(""))
	if err != nil {
		return nil, err
	}
	return open(ctx, listen, fleet, fleet.Replica(0).Handler())
}

// ServeFleet is Serve for several replicas.
func ServeFleet(ctx context.Context, listen string, configs []Config) (*Server, error) {
	fleet, err := NewFleet(configs, clock.System(""))
	if err != nil {
		return nil, err
	}
	return open(ctx, listen, fleet, fleet.Handler())
}

func open(ctx context.Context, listen string, fleet *Fleet, handler http.Handler) (*Server, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{
		fleet: fleet, ctx: ctx, cancel: cancel, url: "http://" + reachable(listener.Addr()),
		http: &http.Server{
			Handler: handler, ReadHeaderTimeout: 10 * time.Second,
			BaseContext: func(net.Listener) context.Context { return ctx },
		},
	}
	s.loops.Go(func() { _ = fleet.Run(ctx) }) // it ends with ctx and only so
	s.loops.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("simulator: %w", err)
		}
	})
	s.loops.Go(func() {
		<-ctx.Done()
		_ = s.http.Close() // streams end with ctx; this ends idle connections
	})
	return s, nil
}

// reachable is the address to dial for one that is listened on.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return a.String()
}

// URL is the server's address, without /v1.
func (s *Server) URL() string { return s.url }

// Simulator is what is served, the first of a fleet, for faults and for the truth.
func (s *Server) Simulator() *Simulator { return s.fleet.Replica(0) }

// Fleet is all that is served.
func (s *Server) Fleet() *Fleet { return s.fleet }

// Replica is the base URL of the i-th replica of a fleet.
func (s *Server) Replica(i int) string { return s.url + s.fleet.Path(i) }

// Close lets streams in flight end for a second, then ends everything and waits
// for it. It is safe to call again.
func (s *Server) Close() error {
	s.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), closeGrace)
		defer cancel()
		err := s.http.Shutdown(ctx)
		s.cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.http.Close()
		}
		s.loops.Wait()
		s.err = errors.Join(s.err, err)
	})
	return s.err
}
