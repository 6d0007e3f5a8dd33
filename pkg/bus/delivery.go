package bus

import (
	"context"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Delivery is one event handed to a worker.
type Delivery struct {
	Event event.Event
	// Attempt counts deliveries from 1.
	Attempt int

	bus    *Bus
	driver driver.Delivery
	// ackWait is when the event is delivered again, and an Ack too late.
	ackWait time.Duration
}

// Ack says the event is dealt with. It returns when the broker knows, so that a
// Backlog of zero means that all work is done. It tries again until ctx ends or
// the event has been delivered anew.
func (d *Delivery) Ack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, d.ackWait)
	defer cancel()
	for pause := retryMin; ; pause = min(2*pause, retryMax) {
		err := d.driver.Ack(ctx)
		if err == nil {
			return nil
		}
		if d.bus.closing.Err() != nil || !clock.Wait(ctx, pause) {
			return fmt.Errorf("acknowledge %s: %w", d.Event.ID, err)
		}
	}
}

// InProgress asks for another AckWait.
func (d *Delivery) InProgress() error {
	if err := d.driver.InProgress(); err != nil {
		return fmt.Errorf("keep %s: %w", d.Event.ID, err)
	}
	return nil
}

// Retry gives the event back, to be delivered again after delay.
func (d *Delivery) Retry(delay time.Duration) error {
	if err := d.driver.Retry(delay); err != nil {
		return fmt.Errorf("give back %s: %w", d.Event.ID, err)
	}
	return nil
}

// Dead puts the event into the dead letters with a reason, and ends its delivery.
func (d *Delivery) Dead(ctx context.Context, reason string) error {
	if err := d.bus.bury(ctx, d.driver.Message(), d.Attempt, reason); err != nil {
		return err
	}
	if err := d.driver.Terminate(reason); err != nil {
		return fmt.Errorf("terminate %s: %w", d.Event.ID, err)
	}
	return nil
}
