package script

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
)

// maxBody bounds a request's body in bytes.
const maxBody = 64 << 20

// Server answers by script.
type Server struct {
	clock    clock.Clock
	answer   func(Request) Answer
	listener net.Listener
	cancel   context.CancelFunc
	loops    sync.WaitGroup
	writer   *writer

	mu      sync.Mutex
	conns   map[net.Conn]bool
	records []Record
	number  int
	closed  bool
}

// Serve listens on host:port (port 0 picks one) and asks answer about each
// request; answer is called from several goroutines and must return at least one
// event. The server lives until ctx ends or Close is called.
func Serve(ctx context.Context, listen string, answer func(Request) Answer) (*Server, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("script server: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{clock: clock.System(""), answer: answer, listener: listener, cancel: cancel, conns: map[net.Conn]bool{}}
	s.writer = &writer{now: s.now, wake: make(chan struct{}, 1)}
	s.loops.Go(func() { s.writer.run(ctx) })
	s.loops.Go(func() { s.accept(ctx) })
	s.loops.Go(func() {
		<-ctx.Done()
		s.shut()
	})
	return s, nil
}

func (s *Server) now() int64 { return s.clock.Now().MonoNS }

// URL is the server's address.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Records are those of the requests whose answers have ended, in that order.
func (s *Server) Records() []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.records)
}

// Close ends every stream and waits for it. It is safe to call again.
func (s *Server) Close() {
	s.cancel()
	s.loops.Wait()
}

// shut closes the listener and every connection, and lets no more in.
func (s *Server) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	_ = s.listener.Close()
	for conn := range s.conns {
		_ = conn.Close()
	}
}

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			s.cancel() // closed, or broken: either way there is nothing more to come
			return
		}
		s.mu.Lock()
		if s.closed {
			_ = conn.Close()
		} else {
			s.conns[conn] = true
		}
		s.mu.Unlock()
		s.loops.Go(func() {
			_ = s.serve(ctx, conn)
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
			_ = conn.Close()
		})
	}
}

// serve answers a connection's requests one after another.
func (s *Server) serve(ctx context.Context, conn net.Conn) error {
	in := bufio.NewReader(conn)
	done := make(chan error, 1)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(io.LimitReader(req.Body, maxBody))
		if err != nil {
			return err
		}
		read := s.now()
		s.mu.Lock()
		number := s.number
		s.number++
		s.mu.Unlock()
		a := s.answer(Request{Number: number, Path: req.URL.Path, Header: req.Header, Body: body})
		if len(a.Events) == 0 {
			return errors.New("answer without events")
		}
		st := &stream{conn: conn, events: a.Events, done: done, record: Record{
			Number: number, RequestID: req.Header.Get("X-Request-Id"), Read: read,
			Before: make([]int64, 0, len(a.Events)), After: make([]int64, 0, len(a.Events)),
		}}
		s.writer.add(st)
		select {
		case err = <-done:
		case <-ctx.Done():
			// The writer may still be at it: its connection is being closed.
			return ctx.Err()
		}
		s.mu.Lock()
		s.records = append(s.records, st.record)
		s.mu.Unlock()
		if err != nil || a.Close {
			return err
		}
	}
}
