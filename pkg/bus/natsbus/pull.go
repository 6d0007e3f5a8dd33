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
	// together is how close messages follow each other that are returned together.
	together = 300 * time.Microsecond
	// answerGrace is how much later than asked for the server may say that there
	// was nothing, before the request counts as lost.
	answerGrace = time.Second
)

// pullRequest is the body of a JetStream pull request.
type pullRequest struct {
	Batch   int           `json:"batch"`
	Expires time.Duration `json:"expires"`
}

// request asks the server once. The client library's own Fetch would be simpler,
// but it either waits for all n messages or, given up early, leaves those on their
// way to wait for their AckWait. Here the inbox is drained: the server is told to
// stop, and what it had sent by then is returned.
func (c *consumer) request(ctx context.Context, n int, wait time.Duration) ([]driver.Delivery, error) {
	nc := c.conn.nc
	link := c.conn.currentLink()
	wait = max(wait, time.Millisecond)
	inbox := nc.NewInbox()
	// Room for the messages and the server's last word.
	arriving := make(chan *nats.Msg, n+2)
	sub, err := nc.ChanSubscribe(inbox, arriving)
	if err != nil {
		return nil, err
	}
	closed := make(chan struct{})
	sub.SetClosedHandler(func(string) { close(closed) })
	body, err := json.Marshal(pullRequest{Batch: n, Expires: wait})
	if err == nil {
		err = nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+c.stream+"."+c.name, inbox, body)
	}
	if err != nil {
		return nil, errors.Join(err, sub.Unsubscribe())
	}
	p := pull{conn: c.conn, want: n}
	over := p.receive(ctx, link, arriving, wait)
	if over || !nc.IsConnected() {
		return p.out, errors.Join(p.err, sub.Unsubscribe())
	}
	if err := sub.Drain(); err != nil {
		return p.out, errors.Join(p.err, err)
	}
	select {
	case <-closed:
	case <-link.Done():
	}
	for {
		select {
		case m := <-arriving:
			p.take(m)
		default:
			return p.out, p.err
		}
	}
}

// pull is what one request has brought.
type pull struct {
	conn *conn
	want int
	out  []driver.Delivery
	err  error
}

// receive collects until the server says that the request is over, which it
// reports, or until there is something to hand on and nothing follows at once.
func (p *pull) receive(ctx, link context.Context, arriving <-chan *nats.Msg, wait time.Duration) bool {
	timer := time.NewTimer(wait + answerGrace)
	defer timer.Stop()
	for {
		select {
		case m := <-arriving:
			if p.take(m) {
				return true
			}
			timer.Reset(together)
		case <-timer.C:
			return false
		case <-link.Done():
			p.err = nats.ErrDisconnected
			return false
		case <-ctx.Done():
			p.err = ctx.Err()
			return false
		}
	}
}

// Statuses by which the server ends a request.
const (
	statusNoMessages   = "404"
	statusTimeout      = "408"
	statusConflict     = "409"
	statusNoResponders = "503"
)

// take keeps a message and reports whether the request is over.
func (p *pull) take(m *nats.Msg) bool {
	switch status := m.Header.Get("Status"); {
	case m.Reply != "":
		d, err := newDelivery(p.conn, m)
		if err != nil {
			p.err = err
			return true
		}
		p.out = append(p.out, d)
		return len(p.out) == p.want
	case status == statusNoMessages, status == statusTimeout:
	case status == statusNoResponders:
		p.err = nats.ErrNoResponders
	case status == statusConflict && m.Header.Get("Description") == "Consumer Deleted":
		p.err = jetstream.ErrConsumerDeleted
	default:
		// A server that shuts down, a new leader, too many requests: ask again.
		p.err = fmt.Errorf("%w: %s %s", errAgain, status, m.Header.Get("Description"))
	}
	return true
}
