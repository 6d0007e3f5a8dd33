package bus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Publisher publishes the events of one producer. It is safe for concurrent use.
type Publisher struct {
	bus      *Bus
	producer event.Producer
	epoch    int64
	clock    clock.Clock
	window   window

	mu   sync.Mutex
	runs map[event.RunID]*numbering
}

// numbering is where a producer stands in a run.
type numbering struct {
	last    uint64
	closing bool

	// closer lets one CloseRun at a time proceed; final is the closing event once
	// it is on its way.
	closer sync.Mutex
	final  *pending
}

// NewPublisher starts the producer's epoch now.
func (b *Bus) NewPublisher(p event.Producer, c clock.Clock) *Publisher {
	return &Publisher{
		bus:      b,
		producer: p,
		epoch:    b.epoch(p, c.Now().WallNS/int64(time.Millisecond)),
		clock:    c,
		window:   newWindow(b),
		runs:     map[event.RunID]*numbering{},
	}
}

// Identity is the producer and its epoch, as they stand in event ids.
func (p *Publisher) Identity() (event.Producer, int64) { return p.producer, p.epoch }

// Publish validates, numbers and sends an event without waiting for the broker.
// It blocks while 1024 events are unanswered. A broker error is retried under the
// same id for minutes; what is lost for good comes out of Flush. An error from
// Publish itself means that the event was not numbered and leaves no gap.
func (p *Publisher) Publish(ctx context.Context, run event.RunID, data event.Payload) error {
	_, err := p.send(ctx, run, data)
	return err
}

// PublishNow is Publish and waits until the broker has stored the event. When ctx
// ends first, the event may be stored all the same.
func (p *Publisher) PublishNow(ctx context.Context, run event.RunID, data event.Payload) error {
	sent, err := p.send(ctx, run, data)
	if err != nil {
		return err
	}
	return sent.wait(ctx)
}

// Flush waits until everything published so far is stored. It returns an
// *UnstoredError for what is lost for good and was not reported before, or for
// what is still unanswered when ctx ends.
func (p *Publisher) Flush(ctx context.Context) error {
	if err := p.window.drain(ctx); err != nil {
		return err
	}
	return p.window.takeLost(func(event.ID) bool { return true })
}

// CloseRun flushes, then publishes producer.closed with the count of this
// producer's events of the run, itself included, and waits until it is stored.
// Closing twice, or a run never published to, does nothing. Events of the run
// that are lost count, so that a reader sees the hole, and are returned as an
// *UnstoredError. After an error by ctx it can be called again.
func (p *Publisher) CloseRun(ctx context.Context, run event.RunID) error {
	p.mu.Lock()
	n := p.runs[run]
	if n == nil {
		p.mu.Unlock()
		return nil
	}
	n.closing = true
	p.mu.Unlock()

	n.closer.Lock()
	defer n.closer.Unlock()
	if n.final == nil {
		if err := p.window.drain(ctx); err != nil {
			return err
		}
		final, err := p.sendFinal(ctx, run, n)
		if err != nil {
			return err
		}
		n.final = final
	}
	if err := n.final.wait(ctx); err != nil {
		return err
	}
	return p.window.takeLost(func(id event.ID) bool { return id.Run == run })
}

func (p *Publisher) send(ctx context.Context, run event.RunID, data event.Payload) (*pending, error) {
	if err := p.window.enter(ctx); err != nil {
		return nil, fmt.Errorf("publish %s: %w", data.EventType().Name(), err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.runs[run]
	if n == nil {
		n = &numbering{}
	}
	if n.closing {
		p.window.leave()
		return nil, fmt.Errorf("publish %s to run %s: %w", data.EventType().Name(), run, ErrRunClosed)
	}
	sent, err := p.number(run, n, data)
	if err != nil {
		p.window.leave()
		return nil, err
	}
	p.runs[run] = n
	return sent, nil
}

func (p *Publisher) sendFinal(ctx context.Context, run event.RunID, n *numbering) (*pending, error) {
	if err := p.window.enter(ctx); err != nil {
		return nil, fmt.Errorf("close run %s: %w", run, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	sent, err := p.number(run, n, &event.ProducerClosed{
		Producer: p.producer.String(), Epoch: p.epoch, LastSeq: n.last + 1, Count: n.last + 1,
	})
	if err != nil {
		p.window.leave()
		return nil, err
	}
	return sent, nil
}

// number builds the producer's next event of the run and sends it. The number is
// spent only when the event is on its way. It holds p.mu, so that numbers are sent
// in order, and a place in the window.
func (p *Publisher) number(run event.RunID, n *numbering, data event.Payload) (*pending, error) {
	id := event.ID{Run: run, Producer: p.producer, Epoch: p.epoch, Seq: n.last + 1}
	e, err := event.New(id, time.Unix(0, p.clock.Now().WallNS), data)
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	message, err := envelope.Encode(e)
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	sent, err := p.window.send(id, message)
	if err != nil {
		return nil, fmt.Errorf("publish event %s (%s): %w", id, e.Type().Name(), err)
	}
	n.last++
	return sent, nil
}
