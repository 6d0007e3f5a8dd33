package membus

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

// group is what all consumers of one name share.
type group struct {
	spec driver.ConsumerSpec
	// next is the first sequence that was never delivered.
	next     uint64
	inFlight map[uint64]*attempt
}

// attempt is a message in a consumer's hands, until due at the latest.
type attempt struct {
	count int
	due   time.Time
}

type consumer struct {
	conn *conn
	log  *log
	name string
}

// Consumer implements driver.Conn.
func (c *conn) Consumer(_ context.Context, spec driver.ConsumerSpec) (driver.Consumer, error) {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	l, err := c.log(spec.Stream)
	if err != nil {
		return nil, err
	}
	if g, ok := l.consumers[spec.Name]; ok {
		if !spec.Join {
			g.spec = spec
		}
	} else {
		l.consumers[spec.Name] = &group{spec: spec, next: 1, inFlight: map[uint64]*attempt{}}
	}
	return &consumer{conn: c, log: l, name: spec.Name}, nil
}

// Fetch implements driver.Consumer.
func (c *consumer) Fetch(ctx context.Context, n int, wait time.Duration) ([]driver.Delivery, error) {
	b := c.conn.broker
	deadline := time.Now().Add(wait)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b.mu.Lock()
		g, err := c.group()
		if err != nil {
			b.mu.Unlock()
			return nil, err
		}
		out, due := c.take(g, n)
		changed := b.changed
		b.mu.Unlock()
		if len(out) > 0 || !time.Now().Before(deadline) {
			return out, nil
		}
		if due.IsZero() || due.After(deadline) {
			due = deadline
		}
		timer := time.NewTimer(time.Until(due))
		select {
		case <-timer.C:
		case <-changed:
		case <-c.conn.done:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// group finds the shared state. It holds the broker's lock.
func (c *consumer) group() (*group, error) {
	if !c.conn.Connected() {
		return nil, driver.ErrClosed
	}
	g, ok := c.log.consumers[c.name]
	if !ok {
		return nil, fmt.Errorf("%w: consumer %s", driver.ErrNotFound, c.name)
	}
	return g, nil
}

// take hands out what is due again, then what is new; it also says when the next
// message is due again. It holds the broker's lock.
func (c *consumer) take(g *group, n int) (out []driver.Delivery, due time.Time) {
	now := time.Now()
	for _, seq := range g.overdue(now) {
		a := g.inFlight[seq]
		m, ok := c.log.from(seq, nil)
		switch {
		case !ok || m.Seq != seq: // erased meanwhile
			delete(g.inFlight, seq)
		case g.spec.MaxDeliver > 0 && a.count >= g.spec.MaxDeliver:
			delete(g.inFlight, seq)
			c.notice(stream.MaxDeliveries, seq, a.count, "")
		case len(out) < n:
			out = append(out, c.deliver(g, m))
		}
	}
	for len(out) < n && len(g.inFlight) < g.spec.MaxInFlight {
		m, ok := c.log.from(g.next, []string{g.spec.Filter})
		if !ok {
			break
		}
		g.next = m.Seq + 1
		out = append(out, c.deliver(g, m))
	}
	for _, a := range g.inFlight {
		if due.IsZero() || a.due.Before(due) {
			due = a.due
		}
	}
	return out, due
}

func (g *group) overdue(now time.Time) []uint64 {
	var out []uint64
	for seq, a := range g.inFlight {
		if !a.due.After(now) {
			out = append(out, seq)
		}
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}

func (c *consumer) deliver(g *group, m driver.Message) driver.Delivery {
	a := g.inFlight[m.Seq]
	if a == nil {
		a = &attempt{}
		g.inFlight[m.Seq] = a
	}
	a.count++
	a.due = time.Now().Add(g.spec.AckWait)
	return delivery{consumer: c, message: m, attempt: a.count}
}

// notice stores what a server says of a message that it gave up.
func (c *consumer) notice(kind string, seq uint64, deliveries int, reason string) {
	text, err := json.Marshal(map[string]any{
		"stream": c.log.name, "consumer": c.name, "stream_seq": seq, "deliveries": deliveries, "reason": reason,
	})
	if err == nil {
		_ = c.conn.broker.store(&nats.Msg{Subject: kind + c.log.name + "." + c.name, Data: text})
	}
}

// Backlog implements driver.Consumer.
func (c *consumer) Backlog(context.Context) (waiting, inFlight int64, err error) {
	c.conn.broker.mu.Lock()
	defer c.conn.broker.mu.Unlock()
	g, err := c.group()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range c.log.messages {
		if m.Seq >= g.next && matches(g.spec.Filter, m.Subject) {
			waiting++
		}
	}
	return waiting, int64(len(g.inFlight)), nil
}

// Remove implements driver.Consumer.
func (c *consumer) Remove(context.Context) error {
	c.conn.broker.mu.Lock()
	defer c.conn.broker.mu.Unlock()
	if _, err := c.group(); err != nil {
		return err
	}
	delete(c.log.consumers, c.name)
	c.conn.broker.wake()
	return nil
}

type delivery struct {
	consumer *consumer
	message  driver.Message
	attempt  int
}

// Message implements driver.Delivery.
func (d delivery) Message() driver.Message { return d.message }

// Attempt implements driver.Delivery.
func (d delivery) Attempt() int { return d.attempt }

// Ack implements driver.Delivery.
func (d delivery) Ack(context.Context) error {
	return d.change(func(g *group, _ *attempt) { delete(g.inFlight, d.message.Seq) })
}

// InProgress implements driver.Delivery.
func (d delivery) InProgress() error {
	return d.change(func(g *group, a *attempt) { a.due = time.Now().Add(g.spec.AckWait) })
}

// Retry implements driver.Delivery.
func (d delivery) Retry(delay time.Duration) error {
	return d.change(func(_ *group, a *attempt) { a.due = time.Now().Add(delay) })
}

// Terminate implements driver.Delivery.
func (d delivery) Terminate(reason string) error {
	return d.change(func(g *group, a *attempt) {
		delete(g.inFlight, d.message.Seq)
		d.consumer.notice(stream.Terminated, d.message.Seq, a.count, reason)
	})
}

// change applies what is said of a message that is still in flight; otherwise it
// comes too late and changes nothing.
func (d delivery) change(apply func(*group, *attempt)) error {
	b := d.consumer.conn.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	g, err := d.consumer.group()
	if err != nil {
		return err
	}
	if a, ok := g.inFlight[d.message.Seq]; ok {
		apply(g, a)
		b.wake()
	}
	return nil
}
