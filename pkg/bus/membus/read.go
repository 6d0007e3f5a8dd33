package membus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sort"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// Last implements driver.Conn.
func (c *conn) Last(_ context.Context, name string) (uint64, error) {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	l, err := c.log(name)
	if err != nil || len(l.messages) == 0 {
		return 0, err
	}
	return l.messages[len(l.messages)-1].Seq, nil
}

// Message implements driver.Conn.
func (c *conn) Message(_ context.Context, name string, seq uint64) (driver.Message, error) {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	l, err := c.log(name)
	if err != nil {
		return driver.Message{}, err
	}
	if m, ok := l.from(seq, nil); ok && m.Seq == seq {
		return m, nil
	}
	return driver.Message{}, fmt.Errorf("%w: message %d of %s", driver.ErrNotFound, seq, name)
}

// Delete implements driver.Conn.
func (c *conn) Delete(_ context.Context, name string, seq uint64) error {
	return c.remove(name, func(m driver.Message) bool { return m.Seq == seq })
}

// Purge implements driver.Conn.
func (c *conn) Purge(_ context.Context, name, filter string) error {
	return c.remove(name, func(m driver.Message) bool { return matches(filter, m.Subject) })
}

func (c *conn) remove(name string, which func(driver.Message) bool) error {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	l, err := c.log(name)
	if err != nil {
		return err
	}
	l.messages = slices.DeleteFunc(l.messages, which)
	c.broker.wake()
	return nil
}

// from is the first message at or after seq that matches.
func (l *log) from(seq uint64, filters []string) (driver.Message, bool) {
	i := sort.Search(len(l.messages), func(i int) bool { return l.messages[i].Seq >= seq })
	for ; i < len(l.messages); i++ {
		if matchesAny(filters, l.messages[i].Subject) {
			return l.messages[i], true
		}
	}
	return driver.Message{}, false
}

// Read implements driver.Conn.
func (c *conn) Read(ctx context.Context, spec driver.ReadSpec) iter.Seq2[driver.Message, error] {
	return func(yield func(driver.Message, error) bool) {
		next := uint64(1)
		for {
			m, more, err := c.await(ctx, spec, next)
			if err != nil {
				yield(driver.Message{}, err)
				return
			}
			if !more || !yield(m, nil) || m.Seq == spec.Until {
				return
			}
			next = m.Seq + 1
		}
	}
}

// await is the next message, as soon as there is one; false at the end of a
// bounded read.
func (c *conn) await(ctx context.Context, spec driver.ReadSpec, next uint64) (driver.Message, bool, error) {
	for {
		if err := ctx.Err(); err != nil {
			return driver.Message{}, false, err
		}
		c.broker.mu.Lock()
		l, err := c.log(spec.Stream)
		if err != nil {
			c.broker.mu.Unlock()
			return driver.Message{}, false, err
		}
		m, ok := l.from(next, spec.Filters)
		changed := c.broker.changed
		c.broker.mu.Unlock()
		if spec.Until > 0 && (!ok || m.Seq > spec.Until) {
			return driver.Message{}, false, nil
		}
		if ok {
			return m, true, nil
		}
		select {
		case <-changed:
		case <-c.done:
		case <-ctx.Done():
		}
	}
}
