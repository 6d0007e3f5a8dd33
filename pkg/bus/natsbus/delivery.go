package natsbus

import (
	"context"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// delivery answers on the message's reply subject.
type delivery struct {
	conn    *conn
	reply   string
	message driver.Message
	attempt int
}

// Message implements driver.Delivery.
func (d delivery) Message() driver.Message { return d.message }

// Attempt implements driver.Delivery.
func (d delivery) Attempt() int { return d.attempt }

// Ack implements driver.Delivery.
func (d delivery) Ack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	_, err := d.conn.nc.RequestWithContext(ctx, d.reply, []byte("+ACK"))
	return classify(err)
}

// InProgress implements driver.Delivery.
func (d delivery) InProgress() error { return d.say("+WPI") }

// Retry implements driver.Delivery.
func (d delivery) Retry(delay time.Duration) error {
	if delay <= 0 {
		return d.say("-NAK")
	}
	return d.say(fmt.Sprintf(`-NAK {"delay": %d}`, delay.Nanoseconds()))
}

// Terminate implements driver.Delivery.
func (d delivery) Terminate(reason string) error { return d.say("+TERM " + reason) }

func (d delivery) say(what string) error { return classify(d.conn.nc.Publish(d.reply, []byte(what))) }
