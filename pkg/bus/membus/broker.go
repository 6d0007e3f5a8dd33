package membus

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

// New is a bus on a broker of its own.
func New() *bus.Bus { return NewBroker().Connect() }

// Broker holds the streams and buckets of pkg/stream in memory.
type Broker struct {
	mu      sync.Mutex
	streams map[string]*log
	buckets map[string]*bucket
	answers map[string][]*answerer
	// changed is closed and replaced at every change, which wakes all who wait.
	changed chan struct{}
}

// NewBroker is an empty broker.
func NewBroker() *Broker {
	b := &Broker{streams: map[string]*log{}, buckets: map[string]*bucket{}, answers: map[string][]*answerer{}, changed: make(chan struct{})}
	declared := stream.Declare(stream.Options{})
	for _, s := range declared.Streams {
		b.streams[s.Name] = &log{name: s.Name, subjects: s.Subjects, ids: map[string]time.Time{}, consumers: map[string]*group{}}
	}
	for _, k := range declared.Buckets {
		b.buckets[k.Bucket] = &bucket{keys: map[string]*value{}}
	}
	return b
}

// Connect opens a connection.
func (b *Broker) Connect() *bus.Bus {
	return bus.New(&conn{broker: b, done: make(chan struct{})})
}

// Put stores any message by hand, a broken one too.
func (b *Broker) Put(m *nats.Msg) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.store(m)
}

// store appends to the stream that holds the subject, unless the message's id is
// there already. It holds b.mu.
func (b *Broker) store(m *nats.Msg) error {
	for _, l := range b.streams {
		if !matchesAny(l.subjects, m.Subject) {
			continue
		}
		if l.append(m, time.Now()) {
			b.wake()
		}
		return nil
	}
	return fmt.Errorf("%w: no stream holds %s", driver.ErrRejected, m.Subject)
}

func (b *Broker) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// log is one stream.
type log struct {
	name      string
	subjects  []string
	messages  []driver.Message
	last      uint64
	ids       map[string]time.Time
	swept     time.Time
	consumers map[string]*group
}

// append reports whether the message is new.
func (l *log) append(m *nats.Msg, now time.Time) bool {
	if id := m.Header.Get(envelope.HeaderMsgID); id != "" {
		if at, ok := l.ids[id]; ok && now.Sub(at) < stream.DuplicatesWindow {
			return false
		}
		if now.Sub(l.swept) > stream.DuplicatesWindow {
			maps.DeleteFunc(l.ids, func(_ string, at time.Time) bool { return now.Sub(at) >= stream.DuplicatesWindow })
			l.swept = now
		}
		l.ids[id] = now
	}
	l.last++
	l.messages = append(l.messages, driver.Message{
		Msg:    &nats.Msg{Subject: m.Subject, Header: maps.Clone(m.Header), Data: append([]byte(nil), m.Data...)},
		Stream: l.name, Seq: l.last, StoredAt: now.UTC(),
	})
	return true
}

// conn implements driver.Conn.
type conn struct {
	broker *Broker
	done   chan struct{}
	once   sync.Once
}

var _ driver.Conn = (*conn)(nil)

// maxPayload is the servers' own.
const maxPayload = 4 << 20

// Publish implements driver.Conn.
func (c *conn) Publish(m *nats.Msg) (driver.Future, error) {
	if !c.Connected() {
		return nil, driver.ErrClosed
	}
	if len(m.Data) > maxPayload {
		return nil, fmt.Errorf("%w: %d bytes, of which the broker takes %d", driver.ErrRejected, len(m.Data), maxPayload)
	}
	return stored{c.broker.Put(m)}, nil
}

type stored struct{ err error }

// Wait implements driver.Future.
func (s stored) Wait(context.Context) error { return s.err }

// Connected implements driver.Conn.
func (c *conn) Connected() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// Close implements driver.Conn.
func (c *conn) Close(context.Context) error {
	c.once.Do(func() { close(c.done) })
	return nil
}

// log finds a stream. It holds the broker's lock.
func (c *conn) log(name string) (*log, error) {
	if !c.Connected() {
		return nil, driver.ErrClosed
	}
	l, ok := c.broker.streams[name]
	if !ok {
		return nil, fmt.Errorf("%w: stream %s", driver.ErrNotFound, name)
	}
	return l, nil
}
