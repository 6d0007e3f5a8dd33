package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// Ask implements driver.Conn.
func (c *conn) Ask(ctx context.Context, subj string, data []byte) ([]byte, error) {
	answer, err := c.nc.RequestWithContext(ctx, subj, data)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("%w: %w", driver.ErrNotFound, err)
	case err != nil:
		return nil, classify(err)
	}
	return answer.Data, nil
}

// Answer implements driver.Conn. It returns once the server knows of it.
func (c *conn) Answer(subj string, fn func([]byte) []byte) (func() error, error) {
	var mu sync.Mutex
	stopped := false
	sub, err := c.nc.Subscribe(subj, func(m *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		if !stopped {
			// A lost answer is a lost question: who asks has a time limit.
			_ = m.Respond(fn(m.Data))
		}
	})
	if err != nil {
		return nil, classify(err)
	}
	if err := c.nc.FlushTimeout(apiTimeout); err != nil && c.nc.IsConnected() {
		return nil, errors.Join(classify(err), sub.Unsubscribe())
	}
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		stopped = true
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			return classify(err)
		}
		return nil
	}, nil
}
