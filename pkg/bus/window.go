package bus

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

const (
	// windowSize is how many events may be unanswered: enough that a round trip
	// does not limit the rate.
	windowSize = 1024
	// retryFor ends well within the broker's duplicate window, past which a retry
	// could be stored twice.
	retryFor = stream.DuplicatesWindow - time.Minute
	retryMin = 50 * time.Millisecond
	retryMax = 2 * time.Second
)

// window holds a publisher's unanswered events in the order they were sent and
// settles them one by one. The goroutine that does so lives only while there are any.
type window struct {
	bus   *Bus
	slots chan struct{}

	mu      sync.Mutex
	queue   []*pending
	running bool
	lost    []lostEvent
}

type lostEvent struct {
	id  event.ID
	err error
}

// pending is an event on its way.
type pending struct {
	id      event.ID
	message *nats.Msg
	future  driver.Future
	// done is closed when err is final.
	done chan struct{}
	err  error
}

func (p *pending) wait(ctx context.Context) error {
	select {
	case <-p.done:
		if p.err != nil {
			return &UnstoredError{IDs: []event.ID{p.id}, Err: p.err}
		}
		return nil
	case <-ctx.Done():
		return &UnstoredError{IDs: []event.ID{p.id}, Err: ctx.Err()}
	}
}

func newWindow(b *Bus) window { return window{bus: b, slots: make(chan struct{}, windowSize)} }

// enter takes a place in the window, which send fills or leave gives back.
func (w *window) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case w.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case w.slots <- struct{}{}:
		return nil
	case <-w.bus.closing.Done():
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *window) leave() { <-w.slots }

// send starts an event on its way. On an error it is not, and never will be.
func (w *window) send(id event.ID, m *nats.Msg) (*pending, error) {
	future, err := w.bus.conn.Publish(m)
	if errors.Is(err, ErrRejected) || errors.Is(err, ErrClosed) {
		return nil, err
	}
	if err != nil {
		future = failed{err}
	}
	p := &pending{id: id, message: m, future: future, done: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.running && !w.bus.spawn(w.settleAll) {
		return nil, ErrClosed
	}
	w.running = true
	w.queue = append(w.queue, p)
	return p, nil
}

type failed struct{ err error }

func (f failed) Wait(context.Context) error { return f.err }

func (w *window) settleAll() {
	for {
		w.mu.Lock()
		if len(w.queue) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		p := w.queue[0]
		w.mu.Unlock()

		p.err = w.settle(p)

		w.mu.Lock()
		w.queue[0] = nil
		w.queue = w.queue[1:]
		if p.err != nil {
			w.lost = append(w.lost, lostEvent{p.id, p.err})
		}
		w.mu.Unlock()
		close(p.done)
		w.leave()
	}
}

// settle waits for the broker's answer and sends the event again, under its id,
// until it is stored, refused, or too late.
func (w *window) settle(p *pending) error {
	ctx := w.bus.closing
	began := time.Now()
	for pause := retryMin; ; pause = min(2*pause, retryMax) {
		err := p.future.Wait(ctx)
		if err == nil || errors.Is(err, ErrRejected) || ctx.Err() != nil {
			return err
		}
		// The first retry goes at once: after a lost connection all events of the
		// window have failed, and the broker may be back already.
		if pause > retryMin && !clock.Wait(ctx, pause/2+rand.N(pause)) {
			return err
		}
		if time.Since(began) > retryFor {
			return err
		}
		future, again := w.bus.conn.Publish(p.message)
		if again != nil {
			future = failed{again}
		}
		p.future = future
	}
}

// drain waits until everything sent so far is settled.
func (w *window) drain(ctx context.Context) error {
	w.mu.Lock()
	if len(w.queue) == 0 {
		w.mu.Unlock()
		return nil
	}
	last := w.queue[len(w.queue)-1]
	w.mu.Unlock()
	select {
	case <-last.done:
		return nil
	case <-ctx.Done():
		return w.unanswered(ctx.Err())
	}
}

func (w *window) unanswered(why error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return nil
	}
	out := &UnstoredError{Err: why}
	for _, p := range w.queue {
		out.IDs = append(out.IDs, p.id)
	}
	return out
}

// takeLost returns the lost events that match as an error and forgets them.
func (w *window) takeLost(match func(event.ID) bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := &UnstoredError{}
	kept := w.lost[:0]
	for _, l := range w.lost {
		if match(l.id) {
			out.IDs, out.Err = append(out.IDs, l.id), l.err
		} else {
			kept = append(kept, l)
		}
	}
	w.lost = kept
	if len(out.IDs) == 0 {
		return nil
	}
	return out
}
