package natsbus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// Consumer implements driver.Conn.
func (c *conn) Consumer(ctx context.Context, spec driver.ConsumerSpec) (driver.Consumer, error) {
	make := c.js.CreateOrUpdateConsumer
	if spec.Join {
		make = c.js.CreateConsumer
	}
	cons, err := make(ctx, spec.Stream, jetstream.ConsumerConfig{
		Durable:       spec.Name,
		FilterSubject: spec.Filter,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       spec.AckWait,
		MaxDeliver:    spec.MaxDeliver,
		MaxAckPending: spec.MaxInFlight,
	})
	if spec.Join && errors.Is(err, jetstream.ErrConsumerExists) {
		cons, err = c.js.Consumer(ctx, spec.Stream, spec.Name)
	}
	if err != nil {
		return nil, classify(err)
	}
	return &consumer{conn: c, jetstream: cons, stream: spec.Stream, name: spec.Name}, nil
}

type consumer struct {
	conn         *conn
	jetstream    jetstream.Consumer
	stream, name string
}

// outagePause is how often a server that is away is asked.
const outagePause = 100 * time.Millisecond

// Fetch implements driver.Consumer.
func (c *consumer) Fetch(ctx context.Context, n int, wait time.Duration) ([]driver.Delivery, error) {
	deadline := time.Now().Add(wait)
	for {
		out, err := c.pull(ctx, n, time.Until(deadline))
		if len(out) > 0 || err == nil {
			return out, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := c.outage(ctx, err); err != nil {
			return nil, err
		}
		pause := time.NewTimer(min(outagePause, time.Until(deadline)))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return nil, ctx.Err()
		}
		if !time.Now().Before(deadline) {
			return nil, nil
		}
	}
}

// outage passes over a server that is away: the consumer is durable and the
// connection comes back. A consumer that was removed looks the same until asked for.
func (c *consumer) outage(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := c.jetstream.Info(ctx); errors.Is(err, jetstream.ErrConsumerNotFound) {
			return classify(err)
		}
		return nil
	case errors.Is(err, nats.ErrDisconnected), errors.Is(err, errAgain), errors.Is(err, nats.ErrReconnectBufExceeded):
		return nil
	}
	return classify(err)
}

// Backlog implements driver.Consumer.
func (c *consumer) Backlog(ctx context.Context) (waiting, inFlight int64, err error) {
	info, err := c.jetstream.Info(ctx)
	if err != nil {
		return 0, 0, classify(err)
	}
	return int64(info.NumPending), int64(info.NumAckPending), nil
}

// Remove implements driver.Consumer.
func (c *consumer) Remove(ctx context.Context) error {
	return classify(c.conn.js.DeleteConsumer(ctx, c.stream, c.name))
}
