package loading

import (
	"context"
	"errors"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// driven holds for runs whose prompts nobody will send any more.
func driven(s run.State) bool {
	return s.Phase != run.Requested && s.Phase != run.Baseline && s.Phase != run.Running
}

// forget destroys the key of a run whose texts are not kept, once it has been
// driven. Every replica does, and each does again when it starts, so that no death
// leaves a key behind.
func (l *Loader) forget(ctx context.Context, id event.RunID) {
	state, err := l.Store.Get(ctx, id)
	if errors.Is(err, run.ErrUnknown) {
		return
	}
	var c config.Run
	if err == nil {
		c, err = config.Parse(state.Config)
	}
	if err == nil && driven(state) && !c.Scenario.KeepPrompts {
		err = run.NewTexts(l.Bus).Forget(ctx, id)
	}
	if err != nil && ctx.Err() == nil {
		l.Log.Error("forget the prompts' texts", "run_id", string(id), "error", err)
	}
}
