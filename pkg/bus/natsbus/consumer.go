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
	cons, err := c.js.CreateOrUpdateConsumer(ctx, spec.Stream, jetstream.ConsumerConfig{
		Durable:       spec.Name,
		FilterSubject: spec.Filter,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       spec.AckWait,
		MaxDeliver:    spec.MaxDeliver,
		MaxAckPending: spec.MaxInFlight,
	})
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

// slice is how long one request waits at the server. A request is never given up
// half way, since what it brings after that would wait for its AckWait; so a slice
// is also how late the end of a context is noticed.
const slice = 250 * time.Millisecond

// Fetch implements driver.Consumer.
func (c *consumer) Fetch(ctx context.Context, n int, wait time.Duration) ([]driver.Delivery, error) {
	deadline := time.Now().Add(wait)
	for {
		out, err := c.take(func() (jetstream.MessageBatch, error) { return c.jetstream.FetchNoWait(n) })
		if len(out) > 0 || err != nil {
			return out, err
		}
		left := min(time.Until(deadline), slice)
		if left <= 0 || ctx.Err() != nil {
			return nil, ctx.Err()
		}
		out, err = c.take(func() (jetstream.MessageBatch, error) {
			return c.jetstream.Fetch(1, jetstream.FetchMaxWait(left))
		})
		if err != nil || len(out) == 0 && ctx.Err() != nil {
			return out, errors.Join(err, ctx.Err())
		}
		if len(out) == 0 {
			continue
		}
		if n > 1 {
			more, err := c.take(func() (jetstream.MessageBatch, error) { return c.jetstream.FetchNoWait(n - 1) })
			return append(out, more...), err
		}
		return out, nil
	}
}

// take collects one batch. A server that is away is no error: the consumer is
// durable and the connection comes back.
func (c *consumer) take(fetch func() (jetstream.MessageBatch, error)) ([]driver.Delivery, error) {
	batch, err := fetch()
	if err != nil {
		return nil, ignoreOutage(err)
	}
	var out []driver.Delivery
	for m := range batch.Messages() {
		meta, err := m.Metadata()
		if err != nil {
			return out, classify(err)
		}
		out = append(out, delivery{msg: m, message: stored(m, meta), attempt: int(meta.NumDelivered)})
	}
	return out, ignoreOutage(batch.Error())
}

func ignoreOutage(err error) error {
	switch {
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, nats.ErrNoResponders), errors.Is(err, nats.ErrDisconnected),
		errors.Is(err, jetstream.ErrServerShutdown), errors.Is(err, jetstream.ErrConsumerLeadershipChanged),
		errors.Is(err, jetstream.ErrNoHeartbeat), errors.Is(err, nats.ErrReconnectBufExceeded):
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

type delivery struct {
	msg     jetstream.Msg
	message driver.Message
	attempt int
}

// Message implements driver.Delivery.
func (d delivery) Message() driver.Message { return d.message }

// Attempt implements driver.Delivery.
func (d delivery) Attempt() int { return d.attempt }

// Ack implements driver.Delivery.
func (d delivery) Ack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	return classify(d.msg.DoubleAck(ctx))
}

// InProgress implements driver.Delivery.
func (d delivery) InProgress() error { return classify(d.msg.InProgress()) }

// Retry implements driver.Delivery.
func (d delivery) Retry(delay time.Duration) error {
	if delay <= 0 {
		return classify(d.msg.Nak())
	}
	return classify(d.msg.NakWithDelay(delay))
}

// Terminate implements driver.Delivery.
func (d delivery) Terminate(reason string) error { return classify(d.msg.TermWithReason(reason)) }
