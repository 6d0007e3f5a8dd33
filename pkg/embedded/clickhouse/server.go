package clickhouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Options say where a server keeps its data.
type Options struct {
	// Dir holds data and configuration; it is made when missing. One server at a
	// time has it.
	Dir string
	// Log gets the engine's own lines and what Fetch does. Nil discards.
	Log *slog.Logger
}

// Start-up bounds. The engine answers after about a second; a cold disk and a
// loaded machine take longer.
const (
	startTimeout = 60 * time.Second
	// inUseGrace is how long the engine of a killed parent may still hold the folder.
	inUseGrace   = askGrace + 2*endGrace
	pingInterval = 25 * time.Millisecond
	portAttempts = 3
)

// user is the one account that can do anything.
const user = "aeb"

// Server is a running engine. Its methods are safe for concurrent use.
type Server struct {
	dir        string
	httpURL    string
	nativeAddr string
	password   string
	client     *http.Client
	cmd        *exec.Cmd
	stdin      io.WriteCloser
	output     *tail
	// done is closed when the engine has ended and exit is set.
	done chan struct{}
	exit error
	// asked is set when Stop found the engine alive and told it to end.
	asked atomic.Bool
}

// Start fetches the engine if need be, starts it and waits until both protocols
// answer. The server lives until Stop, or until this process ends; ctx bounds
// the start only. Errors: ErrUnavailable, ErrIntegrity, ErrInUse, ErrNotHooked,
// ErrEngine.
func Start(ctx context.Context, o Options) (*Server, error) {
	if !hooked.Load() {
		return nil, ErrNotHooked
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("folder of embedded ClickHouse: %w", err)
	}
	library, err := Fetch(ctx, o.Log)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("folder of embedded ClickHouse: %w", err)
	}
	lockCtx, cancel := context.WithTimeout(ctx, inUseGrace)
	defer cancel()
	lock, err := lockFile(lockCtx, filepath.Join(dir, "lock"), func() {})
	if err != nil {
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
		}
		return nil, fmt.Errorf("lock of %s: %w", dir, err)
	}
	// The child inherits the lock and holds it to its own end.
	defer lock.Close()

	ctx, cancelStart := context.WithTimeout(ctx, startTimeout)
	defer cancelStart()
	for attempt := 1; ; attempt++ {
		s, err := launch(ctx, library, dir, lock, o.Log)
		if err == nil {
			return s, nil
		}
		// A free port was chosen and then let go, so another may have taken it.
		if attempt == portAttempts || !strings.Contains(err.Error(), "Address already in use") {
			return nil, err
		}
	}
}

// launch starts one child and waits until it is ready.
func launch(ctx context.Context, library, dir string, lock *os.File, log *slog.Logger) (*Server, error) {
	httpPort, tcpPort, err := freePorts()
	if err != nil {
		return nil, fmt.Errorf("free port: %w", err)
	}
	s := &Server{
		dir:        dir,
		httpURL:    "http://127.0.0.1:" + strconv.Itoa(httpPort),
		nativeAddr: "127.0.0.1:" + strconv.Itoa(tcpPort),
		password:   newPassword(),
		client:     &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		output:     &tail{log: log},
		done:       make(chan struct{}),
	}
	args, err := writeConfig(dir, s.password, httpPort, tcpPort)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("own executable: %w", err)
	}
	s.cmd = exec.Command(self, childArgument)
	s.cmd.Dir = dir
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	s.cmd.ExtraFiles = []*os.File{lock}
	// Its own group: an interrupt from the terminal is for the program, which
	// still has rows to write.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("engine input: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEngine, err)
	}
	go func() {
		s.exit = s.cmd.Wait()
		close(s.done)
	}()
	line, err := json.Marshal(order{Library: library, Args: args, HTTPURL: s.httpURL, User: user, Password: s.password})
	if err == nil {
		_, err = s.stdin.Write(append(line, '\n'))
	}
	if err == nil {
		err = s.awaitReady(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w: %s", ErrEngine, errors.Join(err, s.kill()), s.output.String())
	}
	log.Info("embedded ClickHouse is up", "http", s.httpURL, "native", s.nativeAddr, "dir", dir)
	return s, nil
}

// awaitReady pings with the password, so that a stranger on the port is not
// taken for the engine, then looks that the native port listens.
func (s *Server) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(pingInterval)
	defer tick.Stop()
	var last error
	for {
		var answer string
		if answer, last = s.Exec(ctx, "SELECT 'aeb'"); last == nil && strings.TrimSpace(answer) == "aeb" {
			var d net.Dialer
			conn, err := d.DialContext(ctx, "tcp", s.nativeAddr)
			if err == nil {
				return conn.Close()
			}
			last = err
		}
		select {
		case <-s.done:
			return fmt.Errorf("engine ended at once (%w)", errors.Join(s.exit, last))
		case <-ctx.Done():
			return fmt.Errorf("no answer: %w", errors.Join(ctx.Err(), last))
		case <-tick.C:
		}
	}
}

// Exec runs one statement over HTTP and returns its answer as text.
func (s *Server) Exec(ctx context.Context, query string) (string, error) {
	var out strings.Builder
	err := post(ctx, s.client, s.httpURL, user, s.password, query, &out)
	return out.String(), err
}

// Dir is the folder that holds the data.
func (s *Server) Dir() string { return s.dir }

// URL is clickhouse://host:port/default, without the account.
func (s *Server) URL() string { return "clickhouse://" + s.nativeAddr + "/default" }

// HTTPURL is the address of the HTTP protocol and of /dashboard.
func (s *Server) HTTPURL() string { return s.httpURL }

// NativeAddr is host:port of the native protocol.
func (s *Server) NativeAddr() string { return s.nativeAddr }

// User is the account's name.
func (s *Server) User() string { return user }

// Password is the account's password, new with every start.
func (s *Server) Password() config.Secret { return config.Secret(s.password) }

// DSN is clickhouse://user:password@host:port/default, for a native client. It
// holds the password, so it belongs in no log and no event.
func (s *Server) DSN() string {
	u := url.URL{Scheme: "clickhouse", User: url.UserPassword(user, s.password), Host: s.nativeAddr, Path: "/default"}
	return u.String()
}

// Done is closed when the engine has ended, wanted or not.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the engine and waits for it: asked first, forced when ctx ends. It
// is safe to call again. An engine that ended before it was asked is an error.
func (s *Server) Stop(ctx context.Context) error {
	select {
	case <-s.done:
	default:
		s.asked.Store(true)
		_ = s.stdin.Close() // the signal to end
	}
	select {
	case <-s.done:
		return s.ending()
	case <-ctx.Done():
		return fmt.Errorf("end of embedded ClickHouse: %w", errors.Join(ctx.Err(), s.kill()))
	}
}

// ending judges how the engine ended. Rarely it aborts while it tears itself down,
// after its last query: that is no loss, as with kill, and only said.
func (s *Server) ending() error {
	if s.exit == nil {
		return nil
	}
	if s.asked.Load() && aborted(s.exit) {
		s.output.log.Warn("embedded ClickHouse aborted while it ended", "error", s.exit)
		return nil
	}
	return fmt.Errorf("end of embedded ClickHouse: %w: %s", s.exit, s.output.String())
}

func aborted(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGABRT
}

// kill ends the engine by force. MergeTree parts are written before an insert is
// confirmed, so nothing confirmed is lost.
func (s *Server) kill() error {
	err := s.cmd.Process.Kill()
	<-s.done
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// freePorts finds two ports that are free now.
func freePorts() (a, b int, err error) {
	one, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	defer one.Close()
	two, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	defer two.Close()
	return one.Addr().(*net.TCPAddr).Port, two.Addr().(*net.TCPAddr).Port, nil
}
