package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

const (
	// connectWait bounds Connect when ctx does not.
	connectWait = 30 * time.Second
	// ackTimeout is when an unanswered publish is sent again; without it a lost
	// answer would be waited for until the connection closes.
	ackTimeout = 5 * time.Second
	// asyncMax is far above what publishers have in flight together: each keeps its
	// own window, and the client's would only fail them.
	asyncMax = 1 << 20
	// apiTimeout bounds a question to the server when ctx does not.
	apiTimeout = 10 * time.Second
)

// Connect opens a connection. It waits for a server that cannot be reached yet,
// until ctx ends or half a minute has passed.
func Connect(ctx context.Context, o bus.Options) (*bus.Bus, error) {
	c, err := dial(ctx, o)
	if err != nil {
		return nil, err
	}
	return bus.New(c), nil
}

// Ensure connects, makes the server hold the streams and buckets of pkg/stream in
// their default form, and disconnects.
func Ensure(ctx context.Context, o bus.Options) error { return EnsureWith(ctx, o, stream.Options{}) }

// EnsureWith is Ensure with sizes and a profile.
func EnsureWith(ctx context.Context, o bus.Options, s stream.Options) error {
	c, err := dial(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(stream.Ensure(ctx, c.js, s), c.Close(ctx))
}

// Differences connects, lists what Ensure would change, and disconnects.
func Differences(ctx context.Context, o bus.Options) ([]stream.Difference, error) {
	c, err := dial(ctx, o)
	if err != nil {
		return nil, err
	}
	out, err := stream.Diff(ctx, c.js, stream.Options{})
	return out, errors.Join(err, c.Close(ctx))
}

// conn implements driver.Conn.
type conn struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	closed chan struct{}

	mu sync.Mutex
	// link is canceled when the connection has been lost and found again: what the
	// server held for the old one is gone.
	link     context.Context
	breakLnk context.CancelFunc
}

var _ driver.Conn = (*conn)(nil)

func dial(ctx context.Context, o bus.Options) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectWait)
	defer cancel()
	c := &conn{closed: make(chan struct{})}
	c.renewLink(context.WithoutCancel(ctx))
	options, err := natsOptions(o)
	if err != nil {
		return nil, err
	}
	up := make(chan struct{}, 1)
	options = append(options,
		nats.ConnectHandler(func(*nats.Conn) { up <- struct{}{} }),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			c.renewLink(context.WithoutCancel(ctx))
			if o.Log != nil {
				o.Log.Info("connected to broker again", "url", nc.ConnectedUrlRedacted())
			}
		}),
		nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }),
	)
	url := o.URL
	if url == "" {
		url = nats.DefaultURL
	}
	c.nc, err = nats.Connect(url, options...)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	select {
	case <-up:
	case <-c.closed:
		return nil, fmt.Errorf("connect: %w", c.nc.LastError())
	case <-ctx.Done():
		c.nc.Close()
		<-c.closed
		return nil, fmt.Errorf("connect: %w", errors.Join(ctx.Err(), c.nc.LastError()))
	}
	c.js, err = jetstream.New(c.nc,
		jetstream.WithPublishAsyncMaxPending(asyncMax),
		jetstream.WithPublishAsyncTimeout(ackTimeout),
		jetstream.WithDefaultTimeout(apiTimeout),
	)
	if err != nil {
		c.nc.Close()
		return nil, fmt.Errorf("connect: %w", err)
	}
	return c, nil
}

func (c *conn) renewLink(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.breakLnk != nil {
		c.breakLnk()
	}
	c.link, c.breakLnk = context.WithCancel(ctx)
}

func (c *conn) currentLink() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link
}

// Connected implements driver.Conn.
func (c *conn) Connected() bool { return c.nc.IsConnected() }

// Close implements driver.Conn. Acknowledgements that are still in the client's
// buffer go out first; when there is no server to take them, ctx bounds the wait.
func (c *conn) Close(ctx context.Context) error {
	err := c.flush(ctx)
	c.nc.Close()
	<-c.closed
	c.mu.Lock()
	c.breakLnk()
	c.mu.Unlock()
	return err
}

func (c *conn) flush(ctx context.Context) error {
	if !c.nc.IsConnected() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	if err := c.nc.FlushWithContext(ctx); err != nil && c.nc.IsConnected() {
		return fmt.Errorf("flush connection: %w", err)
	}
	return nil
}
