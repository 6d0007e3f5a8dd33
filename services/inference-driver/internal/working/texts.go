package working

import (
	"context"
	"errors"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// texts opens the prompts of a run that does not keep them. The key is fetched
// with the first one, and is nowhere but in memory.
type texts struct {
	mu  sync.Mutex
	key []byte
}

// open returns the prompt with its texts. One whose key is gone stays sealed: its
// attempt fails, since the run has ended.
func (x *texts) open(ctx context.Context, b *bus.Bus, id event.RunID, p *event.PromptQueued) error {
	if p.Sealed == "" {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.key == nil {
		key, err := run.NewTexts(b).Key(ctx, id)
		if errors.Is(err, bus.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		x.key = key
	}
	return p.Open(x.key)
}
