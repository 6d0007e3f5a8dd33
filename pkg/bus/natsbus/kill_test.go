package natsbus_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	embedded "github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Environment of the test binary when it plays a server that can be killed.
const (
	serveDir    = "NATSBUS_TEST_SERVE_DIR"
	serveListen = "NATSBUS_TEST_SERVE_LISTEN"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveDir); dir != "" {
		os.Exit(serve(dir, os.Getenv(serveListen))) //nolint:forbidigo // this is the main of the child process
	}
	goleak.VerifyTestMain(m)
}

// serve runs until its standard input closes, so that it never outlives the test.
func serve(dir, listen string) int {
	s, err := embedded.Start(context.Background(), embedded.Options{StoreDir: dir, Listen: listen})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Fprintln(os.Stdout, s.URL())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// child is a server in a process of its own.
type child struct {
	command *exec.Cmd
	stdin   io.Closer
	url     string
}

func spawn(t *testing.T, dir, listen string) *child {
	t.Helper()
	c := &child{command: exec.CommandContext(t.Context(), os.Args[0])}
	c.command.Env = append(os.Environ(), serveDir+"="+dir, serveListen+"="+listen)
	c.command.Stderr = os.Stderr
	stdin, err := c.command.StdinPipe()
	require.NoError(t, err)
	c.stdin = stdin
	stdout, err := c.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.command.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	c.url = strings.TrimSpace(line)
	return c
}

// kill ends the process as a crash would: nothing is flushed or closed.
func (c *child) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, c.command.Process.Kill())
	_ = c.command.Wait() // it says that it was killed
	_ = c.stdin.Close()
}

// A server that is killed in the middle of asynchronous publishing costs no event
// and doubles none: what was not acknowledged is sent again under its id.
func TestKilledServerLosesNothing(t *testing.T) {
	dir := t.TempDir()
	c := spawn(t, dir, "127.0.0.1:0")
	listen := strings.TrimPrefix(c.url, "nats://")
	require.NoError(t, natsbus.Ensure(t.Context(), bus.Options{URL: c.url}))
	b := connect(t, bus.Options{URL: c.url})
	p := b.NewPublisher(producer, clock.System(""))
	run := event.NewRunID(time.Now())

	const n, kills = 30_000, 3
	// As many as there are sends: a restart that is still going on holds up nobody.
	reached := make(chan struct{}, kills)
	published := make(chan error, 1)
	go func() {
		defer close(reached)
		for i := range n {
			if i > 0 && i%(n/(kills+1)) == 0 {
				reached <- struct{}{}
			}
			if err := p.Publish(t.Context(), run, &event.RunLoaded{Prompts: int64(i), AtNS: 1}); err != nil {
				published <- err
				return
			}
		}
		published <- nil
	}()
	for range reached {
		c.kill(t)
		c = spawn(t, dir, listen)
	}
	defer func() { c.kill(t) }()
	require.NoError(t, <-published)
	require.NoError(t, p.CloseRun(t.Context(), run))

	seen := map[uint64]bool{}
	for r, err := range b.Replay(t.Context(), run) {
		require.NoError(t, err)
		require.False(t, seen[r.Event.ID.Seq], "%s is stored twice", r.Event.ID)
		seen[r.Event.ID.Seq] = true
	}
	require.Len(t, seen, n+1)
}
