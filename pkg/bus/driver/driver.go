package driver

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/nats-io/nats.go"
)

// Errors that a driver returns, wrapped, where pkg/bus branches on them.
var (
	// ErrRejected marks a publish that would fail again however often it is
	// retried: the stream is full, the message too large.
	ErrRejected = errors.New("rejected by the broker")
	// ErrNotFound is for a stream, bucket, message or key that is not there.
	ErrNotFound = errors.New("not found")
	// ErrConflict is for a key that another writer has changed.
	ErrConflict = errors.New("changed by another writer")
	// ErrClosed is for use after Close.
	ErrClosed = errors.New("connection is closed")
)

// Conn is one connection to a broker. All methods are safe for concurrent use.
type Conn interface {
	// Publish sends m to the stream that holds its subject, without waiting. It
	// returns ErrRejected at once for what can never be sent.
	Publish(m *nats.Msg) (Future, error)
	// Consumer creates or joins a durable consumer.
	Consumer(ctx context.Context, spec ConsumerSpec) (Consumer, error)
	// Read yields stored messages in stored order. It ends silently after Until;
	// any error ends it, the context's too.
	Read(ctx context.Context, spec ReadSpec) iter.Seq2[Message, error]
	// Last is the sequence of the newest message of a stream, 0 when it is empty.
	Last(ctx context.Context, stream string) (uint64, error)
	// Message gets one stored message.
	Message(ctx context.Context, stream string, seq uint64) (Message, error)
	// Delete removes one stored message; one that is not there is no error.
	Delete(ctx context.Context, stream string, seq uint64) error
	// Purge removes every message of a stream whose subject matches filter.
	Purge(ctx context.Context, stream, filter string) error
	// KV opens a bucket.
	KV(ctx context.Context, bucket string) (KV, error)
	// Ask sends data to whoever answers on subj, and returns the first answer;
	// ErrNotFound when nobody does. No stream is involved.
	Ask(ctx context.Context, subj string, data []byte) ([]byte, error)
	// Answer has fn answer every question on subj, one at a time, until stop is
	// called, which waits for an answer that is being made.
	Answer(subj string, fn func([]byte) []byte) (stop func() error, err error)
	// Connected reports whether the broker can be reached now.
	Connected() bool
	// Close lets outstanding acknowledgements out and disconnects.
	Close(ctx context.Context) error
}

// Future is the broker's answer to a publish.
type Future interface {
	// Wait returns nil once the message is stored, now or before under the same
	// id. An error other than ErrRejected leaves open whether it was stored.
	Wait(ctx context.Context) error
}

// Message is a stored message.
type Message struct {
	*nats.Msg
	Stream   string
	Seq      uint64
	StoredAt time.Time
}

// ReadSpec says what to read.
type ReadSpec struct {
	Stream string
	// Filters are subject patterns; none means every message.
	Filters []string
	// Until is the last sequence to read; 0 means to go on with new messages.
	Until uint64
}

// ConsumerSpec describes a durable consumer.
type ConsumerSpec struct {
	Stream, Name, Filter string
	MaxInFlight          int
	AckWait              time.Duration
	MaxDeliver           int
	// Join takes a consumer that is there as it is; else its settings become these.
	Join bool
}

// Consumer shares a stream's messages with every other consumer of its name.
type Consumer interface {
	// Fetch returns up to n messages as soon as there is at least one, or none
	// when wait has passed. When ctx ends it returns what has arrived, and ctx's
	// error. What it does not return, this consumer does not hold.
	Fetch(ctx context.Context, n int, wait time.Duration) ([]Delivery, error)
	// Backlog counts what is stored and not delivered, and delivered and not
	// acknowledged.
	Backlog(ctx context.Context) (waiting, inFlight int64, err error)
	// Remove deletes the consumer for everyone.
	Remove(ctx context.Context) error
}

// Delivery is a message in a consumer's hands.
type Delivery interface {
	Message() Message
	// Attempt counts deliveries from 1.
	Attempt() int
	// Ack confirms, and returns when the broker knows.
	Ack(ctx context.Context) error
	InProgress() error
	Retry(delay time.Duration) error
	// Terminate ends delivery for good.
	Terminate(reason string) error
}

// KV is a bucket of small values with revisions. A ttl of 0 means that the key stays.
type KV interface {
	// Get returns ErrNotFound for a key that is not there.
	Get(ctx context.Context, key string) (Entry, error)
	// Create returns ErrConflict when the key is there.
	Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error)
	// Update returns ErrConflict when the revision is no longer the latest. It
	// sets the key's ttl anew.
	Update(ctx context.Context, key string, value []byte, revision uint64, ttl time.Duration) (uint64, error)
	// Delete removes a key at a revision, or at any when it is 0; ErrConflict as
	// for Update. A key that is not there is no error.
	Delete(ctx context.Context, key string, revision uint64) error
	// Watch yields the present entries of the keys (all when none is named), then
	// once an entry with an empty Key to mark that they are all seen, then changes,
	// until ctx ends. A deleted or expired key has Deleted set.
	Watch(ctx context.Context, keys ...string) iter.Seq2[Entry, error]
}

// Entry is a key's value at a revision.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64
	Deleted  bool
}
