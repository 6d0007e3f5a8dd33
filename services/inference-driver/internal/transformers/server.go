package transformers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

const (
	// poll is between two looks whether the server is ready.
	poll = 250 * time.Millisecond
	// pipesAfter is how long output is waited for that others hold open when the
	// server has ended.
	pipesAfter = time.Second
	// grace is how long the server has to end when it is asked to; it lets the
	// requests end that it holds.
	grace = 10 * time.Second
)

// Server is a `transformers serve` that this process started.
type Server struct {
	endpoint string
	cmd      *exec.Cmd
	output   *output
	grace    time.Duration
	// done is closed when the process has ended; exit is how, from then on.
	done chan struct{}
	exit error
}

// Start runs command for the backend's model and waits until it answers, at most the
// backend's ready_timeout_s. The config is one that [config.Run.Validate] takes, with
// backend.start. Ending ctx ends the start, not the server that is up.
func Start(ctx context.Context, command string, b config.Backend, log *slog.Logger) (*Server, error) {
	return start(ctx, command, b, log, grace)
}

func start(ctx context.Context, command string, b config.Backend, log *slog.Logger, grace time.Duration) (*Server, error) {
	path, err := exec.LookPath(command)
	if err != nil {
		return nil, fmt.Errorf("%w: %w (pip install 'transformers[serving]' accelerate, and have it on the PATH or name it)", ErrCommand, err)
	}
	host, port, err := address(b.Endpoint)
	if err != nil {
		return nil, err
	}
	s := &Server{
		endpoint: "http://" + net.JoinHostPort(host, port),
		cmd:      exec.Command(path, arguments(b, host, port)...),
		output:   &output{log: log}, grace: grace, done: make(chan struct{}),
	}
	s.cmd.Env = environment(b)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	s.cmd.SysProcAttr, s.cmd.WaitDelay = attributes(), pipesAfter
	if err := s.launch(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	log.Info("transformers serve was started", "command", path, "pid", s.cmd.Process.Pid, "endpoint", s.endpoint, "model", b.Model)
	ctx, cancel := context.WithTimeout(ctx, time.Duration(b.ReadyTimeoutS*float64(time.Second)))
	defer cancel()
	if err := s.awaitReady(ctx); err != nil {
		s.end()
		return nil, fmt.Errorf("start of %s for %s: %w: %s", command, b.Model, err, s.output)
	}
	log.Info("transformers serve is ready", "endpoint", s.endpoint)
	return s, nil
}

// address is where the server is to listen, with a port that is free if none is named.
func address(endpoint string) (host, port string, err error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", "", fmt.Errorf("endpoint of the server to start: %w", err)
	}
	l, err := net.Listen("tcp", u.Host)
	if err != nil {
		return "", "", fmt.Errorf("address of the server to start: %w", err)
	}
	return u.Hostname(), strconv.Itoa(l.Addr().(*net.TCPAddr).Port), l.Close()
}

// launch starts the process and waits for its end beside. Linux sends the signal of a
// parent's death when the thread ends that started the process: that thread stays.
func (s *Server) launch() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := s.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		s.exit = s.cmd.Wait()
		s.signal(syscall.SIGKILL) // what it started and left behind
		close(s.done)
	}()
	return <-started
}

// awaitReady asks until the server answers. It listens once its model is loaded.
func (s *Server) awaitReady(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		ready := healthy(ctx, client, s.endpoint+"/health")
		select {
		case <-s.done: // before what another that took the port may answer
			return s.ended()
		default:
		}
		if ready {
			return nil
		}
		if !clock.Wait(ctx, poll) {
			return fmt.Errorf("not ready: %w", context.Cause(ctx))
		}
	}
}

func healthy(ctx context.Context, client *http.Client, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Endpoint is the server's base URL.
func (s *Server) Endpoint() string { return s.endpoint }

// Done is closed when the server has ended, wanted or not.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server and all that it started, and waits for it: asked first, and
// forced after some seconds. A server that had ended before is [ErrEnded], with how and
// with the end of its output.
func (s *Server) Stop() error {
	select {
	case <-s.done:
		return fmt.Errorf("%w: %s", s.ended(), s.output)
	default:
		s.end()
		return nil
	}
}

func (s *Server) end() {
	s.signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(s.grace):
		s.output.log.Warn("transformers serve did not end when asked, and is ended by force")
		s.signal(syscall.SIGKILL)
		<-s.done
	}
}

// signal reaches the whole group; a group that is gone needs none.
func (s *Server) signal(sig syscall.Signal) {
	if err := syscall.Kill(-s.cmd.Process.Pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		s.output.log.Error("signal transformers serve", "signal", sig.String(), "error", err)
	}
}

func (s *Server) ended() error {
	if s.exit == nil {
		return fmt.Errorf("%w: exit status 0", ErrEnded)
	}
	return fmt.Errorf("%w: %w", ErrEnded, s.exit)
}
