package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

const (
	// firstLife bounds a request for the first message at the server. It is also
	// how late the end of a context is noticed.
	firstLife = 250 * time.Millisecond
	// moreLife and moreLifeEach bound a request for what follows the first. They
	// are waited out only when the consumer has reached its MaxInFlight.
	moreLife     = time.Millisecond
	moreLifeEach = 20 * time.Microsecond
	// answerGrace is how much later than it should the server may end a request
	// before the request counts as lost.
	answerGrace = time.Second
)

// pullRequest is the body of a JetStream pull request. With NoWait the server ends
// it when there is no more, without waiting for Expires.
type pullRequest struct {
	Batch   int           `json:"batch"`
	Expires time.Duration `json:"expires"`
	NoWait  bool          `json:"no_wait,omitempty"`
}

// pull is one Fetch on the wire. Every request runs until the server has ended it:
// a message that is sent to an inbox nobody listens at comes back as a second
// attempt, although nobody had the first. That rules out the client library's
// Fetch, which waits for all n messages or is given up half way.
type pull struct {
	consumer *consumer
	inbox    string
	arriving chan *nats.Msg
	link     context.Context
	// pending is how many more messages waited behind the last one.
	pending uint64
	out     []driver.Delivery
}

// pull brings up to n messages as soon as there is one, or none after wait.
func (c *consumer) pull(ctx context.Context, n int, wait time.Duration) ([]driver.Delivery, error) {
	p := pull{
		consumer: c, inbox: c.conn.nc.NewInbox(), link: c.conn.currentLink(),
		arriving: make(chan *nats.Msg, n+1), // the messages, and the server's last word
	}
	sub, err := c.conn.nc.ChanSubscribe(p.inbox, p.arriving)
	if err != nil {
		return nil, err
	}
	err = p.run(ctx, n, wait)
	if e := sub.Unsubscribe(); e != nil && len(p.out) == 0 {
		err = errors.Join(err, e)
	}
	return p.out, err
}

func (p *pull) run(ctx context.Context, n int, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for len(p.out) == 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		left := max(time.Until(deadline), time.Millisecond)
		if err := p.request(pullRequest{Batch: 1, Expires: min(left, firstLife)}); err != nil {
			return err
		}
		if len(p.out) == 0 && !time.Now().Before(deadline) {
			return nil
		}
	}
	more := int(min(uint64(n-1), p.pending))
	if more == 0 {
		return nil
	}
	return p.request(pullRequest{Batch: more, Expires: moreLife + time.Duration(more)*moreLifeEach, NoWait: true})
}

// request sends one and collects until the server has ended it.
func (p *pull) request(r pullRequest) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	to := "$JS.API.CONSUMER.MSG.NEXT." + p.consumer.stream + "." + p.consumer.name
	if err := p.consumer.conn.nc.PublishRequest(to, p.inbox, body); err != nil {
		return err
	}
	want := len(p.out) + r.Batch
	lost := time.NewTimer(r.Expires + answerGrace)
	defer lost.Stop()
	for len(p.out) < want {
		select {
		case m := <-p.arriving:
			if m.Reply == "" {
				return ending(m)
			}
			if err := p.take(m); err != nil {
				return err
			}
		case <-lost.C:
			return errAgain
		case <-p.link.Done():
			return nats.ErrDisconnected
		}
	}
	return nil
}

func (p *pull) take(m *nats.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("delivery on %s: %w", m.Subject, err)
	}
	p.pending = meta.NumPending
	p.out = append(p.out, delivery{
		conn: p.consumer.conn, reply: m.Reply, attempt: int(meta.NumDelivered),
		message: driver.Message{Msg: m, Stream: meta.Stream, Seq: meta.Sequence.Stream, StoredAt: meta.Timestamp.UTC()},
	})
	return nil
}

// Statuses by which the server ends a request.
const (
	statusNoMessages   = "404"
	statusTimeout      = "408"
	statusConflict     = "409"
	statusNoResponders = "503"
)

// ending is what the server's last word on a request means.
func ending(m *nats.Msg) error {
	status, description := m.Header.Get("Status"), m.Header.Get("Description")
	switch {
	case status == statusNoMessages, status == statusTimeout:
		return nil
	case status == statusNoResponders:
		return nats.ErrNoResponders
	case status == statusConflict && description == "Consumer Deleted":
		return jetstream.ErrConsumerDeleted
	}
	// A server that shuts down, a new leader, too many requests: ask again.
	return fmt.Errorf("%w: %s %s", errAgain, status, description)
}
