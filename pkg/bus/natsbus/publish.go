package natsbus

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// Publish implements driver.Conn.
func (c *conn) Publish(m *nats.Msg) (driver.Future, error) {
	f, err := c.js.PublishMsgAsync(m)
	if err != nil {
		return nil, classify(err)
	}
	return future{f}, nil
}

type future struct{ jetstream.PubAckFuture }

// Wait implements driver.Future. The future itself is asked, not the client's
// error handler, which may not be called before the connection closes.
func (f future) Wait(ctx context.Context) error {
	select {
	case <-f.Ok():
		return nil
	case err := <-f.Err():
		return classify(err)
	case <-ctx.Done():
		return ctx.Err()
	}
}
