package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Defaults of a WorkerSpec: work moves to another replica within a minute of a
// death, and is given up after the third.
const (
	DefaultAckWait    = 60 * time.Second
	DefaultMaxDeliver = 3
)

// WorkerSpec says what a worker gets.
type WorkerSpec struct {
	// Name is the durable consumer's; workers with one name share its events.
	Name string
	// Run and Kind select events; an empty Run means every run.
	Run  event.RunID
	Kind subject.Kind
	// MaxInFlight bounds unacknowledged events over all workers of the name. It
	// must be positive.
	MaxInFlight int
	// Join takes the consumer as it is when another has made it, so that who
	// changes MaxInFlight while work goes on is not undone by a worker that joins.
	Join bool
	// AckWait is how long an event may be neither acknowledged nor in progress
	// before it is delivered again; 0 means DefaultAckWait.
	AckWait time.Duration
	// MaxDeliver is how often an event is delivered before it becomes a dead
	// letter; 0 means DefaultMaxDeliver.
	MaxDeliver int
}

// Worker shares a stream's events with every other worker of the same name.
type Worker struct {
	bus      *Bus
	name     string
	ackWait  time.Duration
	consumer driver.Consumer
}

// NewWorker creates or joins the consumer.
func (b *Bus) NewWorker(ctx context.Context, spec WorkerSpec) (*Worker, error) {
	if spec.MaxInFlight <= 0 || spec.Name == "" || spec.Kind == "" {
		return nil, fmt.Errorf("worker %q: name, kind and a positive MaxInFlight are required", spec.Name)
	}
	if spec.AckWait == 0 {
		spec.AckWait = DefaultAckWait
	}
	if spec.MaxDeliver == 0 {
		spec.MaxDeliver = DefaultMaxDeliver
	}
	filter := subject.AllOf(spec.Kind)
	if spec.Run != "" {
		filter = subject.RunFilter(spec.Run, spec.Kind)
	}
	consumer, err := b.conn.Consumer(ctx, driver.ConsumerSpec{
		Stream: stream.For(spec.Kind), Name: spec.Name, Filter: filter,
		MaxInFlight: spec.MaxInFlight, AckWait: spec.AckWait, MaxDeliver: spec.MaxDeliver, Join: spec.Join,
	})
	if err != nil {
		return nil, fmt.Errorf("worker %s: %w", spec.Name, err)
	}
	return &Worker{bus: b, name: spec.Name, ackWait: spec.AckWait, consumer: consumer}, nil
}

// Fetch returns up to n events as soon as there is one; none when wait has
// passed. Ask for as many as can be started now: what is fetched ages towards
// AckWait. A message that is no valid event becomes a dead letter and is not
// returned. When ctx ends it returns what has already arrived, then ctx's error.
func (w *Worker) Fetch(ctx context.Context, n int, wait time.Duration) ([]*Delivery, error) {
	deadline := time.Now().Add(wait)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		arrived, err := w.consumer.Fetch(ctx, n, time.Until(deadline))
		out, bad := w.sort(ctx, arrived)
		if len(out) > 0 {
			return out, nil
		}
		if err := errors.Join(err, bad); err != nil {
			return nil, fmt.Errorf("fetch for %s: %w", w.name, err)
		}
		if len(arrived) == 0 || !time.Now().Before(deadline) {
			return nil, nil
		}
	}
}

// sort decodes what has arrived and buries what is no event.
func (w *Worker) sort(ctx context.Context, arrived []driver.Delivery) (out []*Delivery, err error) {
	for _, d := range arrived {
		e, reason := envelope.Decode(d.Message().Msg)
		if reason == nil {
			out = append(out, &Delivery{Event: e, Attempt: d.Attempt(), bus: w.bus, driver: d, ackWait: w.ackWait})
			continue
		}
		if e := w.bus.bury(context.WithoutCancel(ctx), d.Message(), d.Attempt(), reason.Error()); e != nil {
			// It comes back, to this worker or another.
			err = errors.Join(err, e, d.Retry(retryMax))
			continue
		}
		err = errors.Join(err, d.Terminate(reason.Error()))
	}
	return out, err
}

// Backlog is what a consumer still has to do.
type Backlog struct {
	// Waiting are stored and not delivered; InFlight delivered and not acknowledged.
	Waiting  int64
	InFlight int64
}

// Backlog asks the broker.
func (w *Worker) Backlog(ctx context.Context) (Backlog, error) {
	waiting, inFlight, err := w.consumer.Backlog(ctx)
	if err != nil {
		return Backlog{}, fmt.Errorf("backlog of %s: %w", w.name, err)
	}
	return Backlog{Waiting: waiting, InFlight: inFlight}, nil
}

// Remove deletes the durable consumer for every worker of the name.
func (w *Worker) Remove(ctx context.Context) error {
	if err := w.consumer.Remove(ctx); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("remove %s: %w", w.name, err)
	}
	return nil
}

// Close lets go of the consumer and leaves it to other workers. What this worker
// holds and does not acknowledge is delivered again.
func (w *Worker) Close() error { return nil }
