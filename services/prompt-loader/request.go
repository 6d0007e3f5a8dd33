package promptloader

import (
	"context"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/rerun"
)

// Errors of a rerun, returned wrapped.
var (
	ErrNotKept    = rerun.ErrNotKept
	ErrGone       = rerun.ErrGone
	ErrIncomplete = rerun.ErrIncomplete
)

// Requester opens runs. Producer names it in the run's record.
type Requester struct {
	Bus      *bus.Bus
	Store    *run.Store
	Clock    clock.Clock
	Producer event.Producer
}

// Opening is what a run is beyond its config.
type Opening struct {
	// Simulated says that the server or the devices are not real.
	Simulated bool
	// RerunOf names the run whose prompts are driven again.
	RerunOf event.RunID
	// Sweep is the run's place among those that were asked for together.
	Sweep *event.Sweep
}

// Together gives each of several runs its place in a sweep of a new id; a run that
// is alone has none.
func Together(c clock.Clock, all []config.Variant) func(i int) *event.Sweep {
	if len(all) < 2 {
		return func(int) *event.Sweep { return nil }
	}
	id := event.NewRunID(time.Unix(0, c.Now().WallNS))
	return func(i int) *event.Sweep {
		return &event.Sweep{ID: id, Index: i, Of: len(all), Label: all[i].Label, Values: all[i].Swept}
	}
}

// Request opens a run: its effective config goes onto the stream, its state into
// the store, and the services take it from there. A rerun is refused at once when
// the other run's prompts are not all there; see [ErrNotKept].
func (r Requester) Request(ctx context.Context, c config.Run, o Opening) (event.RunID, error) {
	if err := c.Validate(); err != nil {
		return "", fmt.Errorf("run config: %w", err)
	}
	if o.RerunOf != "" {
		if _, err := rerun.Read(ctx, r.Bus, o.RerunOf); err != nil {
			return "", fmt.Errorf("rerun: %w", err)
		}
	}
	now := r.Clock.Now().WallNS
	id := event.NewRunID(time.Unix(0, now))
	// A publisher of its own, so that the record of asking for the run is closed
	// whoever loads it.
	publisher := r.Bus.NewPublisher(r.Producer, r.Clock)
	producer, epoch := publisher.Identity()
	state := run.State{
		Run: id, Name: c.Name, Phase: run.Requested,
		Config: config.Effective(c), ConfigDigest: config.Digest(c), Simulated: o.Simulated,
		RerunOf: o.RerunOf, Sweep: o.Sweep, RequestedNS: now,
	}
	if c.Metrics.Enabled {
		state.Samplers = c.Metrics.Samplers
	}
	state, err := state.Join(producer, epoch)
	if err != nil {
		return "", err
	}
	if state, err = state.Leave(producer, epoch); err != nil {
		return "", err
	}
	// The events go first: a run that the store knows is explained by its stream.
	err = publisher.PublishNow(ctx, id, &event.RunRequested{
		Name: c.Name, Config: state.Config, ConfigDigest: state.ConfigDigest,
		Simulated: o.Simulated, RerunOf: o.RerunOf, Sweep: o.Sweep,
	})
	if err != nil {
		return "", fmt.Errorf("publish run %s: %w", id, err)
	}
	if err := publisher.CloseRun(ctx, id); err != nil {
		return "", fmt.Errorf("close request of run %s: %w", id, err)
	}
	if err := r.Store.Create(ctx, state); err != nil {
		return "", fmt.Errorf("open run %s: %w", id, err)
	}
	return id, nil
}
