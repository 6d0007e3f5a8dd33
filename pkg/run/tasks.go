package run

import (
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Tasks keeps what a service does for runs apart: at most one task per run at a
// time, so that a watch may show a run as often as it likes. The zero value is
// ready.
type Tasks struct {
	mu     sync.Mutex
	active map[event.RunID]bool
	work   sync.WaitGroup
}

// Go starts the task of a run, unless one is under way.
func (t *Tasks) Go(run event.RunID, task func()) {
	if !t.begin(run) {
		return
	}
	t.work.Go(func() {
		defer t.end(run)
		task()
	})
}

// Wait returns when every task has ended.
func (t *Tasks) Wait() { t.work.Wait() }

func (t *Tasks) begin(run event.RunID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.active[run] {
		return false
	}
	if t.active == nil {
		t.active = map[event.RunID]bool{}
	}
	t.active[run] = true
	return true
}

func (t *Tasks) end(run event.RunID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.active, run)
}
