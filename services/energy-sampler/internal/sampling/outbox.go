package sampling

import (
	"context"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/spool"
)

// outbox carries events from the loop to the publisher through the spool.
type outbox struct {
	queue     *spool.Queue
	connected func() bool
	publish   func(ctx context.Context, p event.Payload) error
	log       *slog.Logger
}

// reconnectPoll is how often a broker that is away is looked for.
const reconnectPoll = 100 * time.Millisecond

// put is the sampler's emit. It does not wait for the broker.
func (o *outbox) put(p event.Payload) {
	if err := o.queue.Put(p); err != nil {
		o.log.Error("an event could not be spooled and is now part of a gap", "error", err)
	}
}

// run publishes until ctx ends. While the broker is away events stay in the
// queue, so that the publisher's window is not filled with them.
func (o *outbox) run(ctx context.Context) {
	for {
		p, err := o.queue.Next(ctx)
		if err != nil {
			return
		}
		if !o.awaitBroker(ctx) {
			return
		}
		if err := o.publish(ctx, p); err != nil {
			if ctx.Err() != nil {
				return
			}
			o.log.Error("an event was refused", "event_type", p.EventType().Name(), "error", err)
		}
		o.queue.Done()
	}
}

func (o *outbox) awaitBroker(ctx context.Context) bool {
	for !o.connected() {
		select {
		case <-time.After(reconnectPoll):
		case <-ctx.Done():
			return false
		}
	}
	return true
}
