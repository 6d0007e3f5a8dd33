package bus

import (
	"context"
	"fmt"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Bus is one connection to a broker. It is safe for concurrent use.
type Bus struct {
	conn driver.Conn
	// work holds the goroutines that wait for the broker's answers.
	work sync.WaitGroup
	// closing ends them.
	closing context.Context
	close   context.CancelFunc

	mu     sync.Mutex
	closed bool
	epochs map[event.Producer]int64
}

// New puts the bus on a driver's connection, which it then owns.
func New(conn driver.Conn) *Bus {
	// The bus's own life, which Close ends: no caller's context spans it.
	closing, cancel := context.WithCancel(context.Background())
	return &Bus{conn: conn, closing: closing, close: cancel, epochs: map[event.Producer]int64{}}
}

// Connected reports whether the broker is reachable now; for readiness.
func (b *Bus) Connected() bool { return b.conn.Connected() }

// Close gives up what is not yet stored, so Flush first; it lets acknowledgements
// out, disconnects, and waits for its own goroutines. Closing twice does nothing.
func (b *Bus) Close(ctx context.Context) error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	b.mu.Unlock()
	b.close()
	b.work.Wait()
	if err := b.conn.Close(ctx); err != nil {
		return fmt.Errorf("close bus: %w", err)
	}
	return nil
}

// spawn runs fn until it returns; Close waits for it. It reports false, and does
// not run fn, once the bus is closed.
func (b *Bus) spawn(fn func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.work.Go(fn)
	return true
}

// epoch is the start of a producer's life in Unix milliseconds, later than that of
// every earlier publisher of the same producer on this bus.
func (b *Bus) epoch(p event.Producer, nowMS int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	epoch := max(nowMS, b.epochs[p]+1)
	b.epochs[p] = epoch
	return epoch
}
