package working

import (
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// outbox takes what attempts tell while they go on, so that no attempt waits for
// the broker between two chunks. It holds at most two events for each attempt
// whose result is not stored yet.
type outbox struct {
	publish func(event.Payload)

	mu     sync.Mutex
	queue  []event.Payload
	closed bool
	wake   chan struct{}
	done   sync.WaitGroup
}

// newOutbox publishes in the order of put, until close.
func newOutbox(publish func(event.Payload)) *outbox {
	o := &outbox{publish: publish, wake: make(chan struct{}, 1)}
	o.done.Go(o.run)
	return o
}

func (o *outbox) put(p event.Payload) {
	o.mu.Lock()
	o.queue = append(o.queue, p)
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// close waits until everything is published.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.signal()
	o.done.Wait()
}

func (o *outbox) run() {
	for range o.wake {
		for {
			o.mu.Lock()
			queue, closed := o.queue, o.closed
			o.queue = nil
			o.mu.Unlock()
			if len(queue) == 0 && closed {
				return
			}
			if len(queue) == 0 {
				break
			}
			for _, p := range queue {
				o.publish(p)
			}
		}
	}
}
