package bus

// API DRAFT (replaced by the real files): the signatures every service codes against.

import (
	"context"
	"iter"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Bus is one connection to a broker.
type Bus struct{}

// Publisher publishes the events of one producer. Safe for concurrent use.
type Publisher struct{}

// NewPublisher starts the producer's epoch now.
func (b *Bus) NewPublisher(p event.Producer, c clock.Clock) *Publisher { panic("draft") }

// Identity is the producer and its epoch, as they stand in event ids.
func (p *Publisher) Identity() (event.Producer, int64) { panic("draft") }

// Publish validates, numbers and sends an event without waiting for the broker
// (window 1024; it blocks when the window is full). A broker error is retried
// under the same id; what is lost for good comes out of Flush.
func (p *Publisher) Publish(ctx context.Context, run event.RunID, data event.Payload) error {
	panic("draft")
}

// PublishNow is Publish and waits until the broker has stored the event.
func (p *Publisher) PublishNow(ctx context.Context, run event.RunID, data event.Payload) error {
	panic("draft")
}

// Flush waits until everything published so far is stored, and returns what is not.
func (p *Publisher) Flush(ctx context.Context) error { panic("draft") }

// CloseRun flushes, then publishes producer.closed with the count of this
// producer's events of the run. Closing twice, or a run never published to, does nothing.
func (p *Publisher) CloseRun(ctx context.Context, run event.RunID) error { panic("draft") }

// Delivery is one event handed to a worker.
type Delivery struct {
	Event event.Event
	// Attempt counts deliveries from 1.
	Attempt int
}

// Ack says the event is dealt with.
func (d *Delivery) Ack(ctx context.Context) error { panic("draft") }

// InProgress asks for more time.
func (d *Delivery) InProgress() error { panic("draft") }

// Retry gives the event back, to be delivered again after delay.
func (d *Delivery) Retry(delay time.Duration) error { panic("draft") }

// Dead puts the event into the dead letters with a reason, and ends its delivery.
func (d *Delivery) Dead(ctx context.Context, reason string) error { panic("draft") }

// Worker shares a stream's events with every other worker of the same name.
type Worker struct{}

// WorkerSpec says what a worker gets.
type WorkerSpec struct {
	// Name is the durable consumer's; workers with one name share its events.
	Name string
	// Run and Kind select events; an empty Run means every run.
	Run  event.RunID
	Kind subject.Kind
	// MaxInFlight bounds unacknowledged events over all workers of the name.
	MaxInFlight int
	AckWait     time.Duration
	MaxDeliver  int
}

// NewWorker creates or joins the consumer.
func (b *Bus) NewWorker(ctx context.Context, spec WorkerSpec) (*Worker, error) { panic("draft") }

// Fetch returns up to n events; fewer, or none, when wait has passed.
func (w *Worker) Fetch(ctx context.Context, n int, wait time.Duration) ([]*Delivery, error) {
	panic("draft")
}

// Backlog is what the consumer still has to do.
type Backlog struct {
	// Waiting are stored and not delivered; InFlight delivered and not acknowledged.
	Waiting  int64
	InFlight int64
}

// Backlog asks the broker.
func (w *Worker) Backlog(ctx context.Context) (Backlog, error) { panic("draft") }

// Remove deletes the durable consumer. Close only lets go of it.
func (w *Worker) Remove(ctx context.Context) error { panic("draft") }
func (w *Worker) Close() error                     { panic("draft") }

// Record is a stored event as a reader gets it.
type Record struct {
	Event    event.Event
	Stream   string
	Seq      uint64
	StoredAt time.Time
}

// Replay yields every stored event of a run, stream by stream in stored order
// (ctl+request+result stream, then prompts, then power; only those of kinds when given), and ends
// at what was stored when it began. A message that cannot be decoded is yielded
// as a *DecodeError and the replay goes on; any other error ends it.
func (b *Bus) Replay(ctx context.Context, run event.RunID, kinds ...subject.Kind) iter.Seq2[Record, error] {
	panic("draft")
}

// Follow is Replay of one kind that goes on with new events until ctx ends.
func (b *Bus) Follow(ctx context.Context, run event.RunID, kind subject.Kind) iter.Seq2[Record, error] {
	panic("draft")
}

// Erase removes every stored event of a run.
func (b *Bus) Erase(ctx context.Context, run event.RunID) error { panic("draft") }

// KV is a bucket of small values with revisions.
type KV interface {
	// Get returns ErrNotFound for a key that is not there.
	Get(ctx context.Context, key string) (Entry, error)
	// Create returns ErrConflict when the key is there.
	Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error)
	// Update returns ErrConflict when the revision is no longer the latest.
	Update(ctx context.Context, key string, value []byte, revision uint64, ttl time.Duration) (uint64, error)
	Delete(ctx context.Context, key string) error
	// Watch yields the present entries, then an entry with a nil Value and empty Key once to
	// mark that they are all seen, then changes, until ctx ends. A deleted or expired key has Deleted set.
	Watch(ctx context.Context) iter.Seq2[Entry, error]
}

// Entry is a key's value at a revision.
type Entry struct {
	Key      string
	Value    []byte
	Revision uint64
	Deleted  bool
}

// KV opens a bucket declared in pkg/stream.
func (b *Bus) KV(ctx context.Context, bucket string) (KV, error) { panic("draft") }

// Connected reports whether the broker is reachable now; for readiness.
func (b *Bus) Connected() bool { panic("draft") }

// Close drains and disconnects.
func (b *Bus) Close(ctx context.Context) error { panic("draft") }

// Options say how to reach a NATS server.
type Options struct {
	URL string `yaml:"url"` // default nats://127.0.0.1:4222
	// User and PasswordFile, or CredsFile, or NKeyFile (all optional); Name shows in the server.
	Name         string `yaml:"name"`
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	CredsFile    string `yaml:"creds_file"`
	// InProcess connects to a server in this process instead of URL (a *server.Server); tests and aeb set it.
	InProcess any `yaml:"-"`
}
