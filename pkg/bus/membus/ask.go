package membus

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// answerer answers on one subject, one question at a time.
type answerer struct {
	conn *conn
	mu   sync.Mutex
	fn   func([]byte) []byte
}

// Ask implements driver.Conn. The first who began to answer does.
func (c *conn) Ask(ctx context.Context, subj string, data []byte) ([]byte, error) {
	if !c.Connected() {
		return nil, driver.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.broker.mu.Lock()
	answerers := slices.Clone(c.broker.answers[subj])
	c.broker.mu.Unlock()
	for _, a := range answerers {
		if !a.conn.Connected() {
			continue
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.fn != nil {
			return a.fn(slices.Clone(data)), nil
		}
	}
	return nil, fmt.Errorf("%w: nobody answers on %s", driver.ErrNotFound, subj)
}

// Answer implements driver.Conn.
func (c *conn) Answer(subj string, fn func([]byte) []byte) (func() error, error) {
	if !c.Connected() {
		return nil, driver.ErrClosed
	}
	a := &answerer{conn: c, fn: fn}
	b := c.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answers[subj] = append(b.answers[subj], a)
	return func() error {
		b.mu.Lock()
		b.answers[subj] = slices.DeleteFunc(b.answers[subj], func(other *answerer) bool { return other == a })
		b.mu.Unlock()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.fn = nil
		return nil
	}, nil
}
