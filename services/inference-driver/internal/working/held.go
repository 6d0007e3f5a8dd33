package working

import (
	"context"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

// held are the prompts that this replica works on. One loop keeps all of them.
type held struct {
	mu   sync.Mutex
	work map[*bus.Delivery]struct{}
}

func newHeld() *held { return &held{work: map[*bus.Delivery]struct{}{}} }

func (h *held) add(d *bus.Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.work[d] = struct{}{}
}

func (h *held) remove(d *bus.Delivery) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.work, d)
}

func (h *held) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.work)
}

func (h *held) snapshot() []*bus.Delivery {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*bus.Delivery, 0, len(h.work))
	for d := range h.work {
		out = append(out, d)
	}
	return out
}

// keep asks for more time for each of them, until ctx ends.
func (h *held) keep(ctx context.Context, every time.Duration, lost func(*bus.Delivery, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, d := range h.snapshot() {
			if err := d.InProgress(); err != nil {
				lost(d, err)
			}
		}
	}
}
