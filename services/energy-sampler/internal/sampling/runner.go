package sampling

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

// Runner measures the runs of this host.
type Runner struct {
	Store     *run.Store
	Leases    *run.Leases
	Bus       *bus.Bus
	Publisher *bus.Publisher
	Clock     clock.Clock
	Log       *slog.Logger
	Metrics   *Metrics
	// Open finds the devices.
	Open func(ctx context.Context, want sources.Want) (*sources.Set, error)
	// SpoolDir holds one folder per run, of at most SpoolMaxBytes.
	SpoolDir      string
	SpoolMaxBytes int64
	// ClockEvery is between two estimates of how far this host's clock is ahead.
	ClockEvery time.Duration
	// ElectricityMaps answers runs that want it; nil where there is no token.
	// IntensityEvery is between two questions about the grid.
	ElectricityMaps emission.Provider
	IntensityEvery  time.Duration
}

// Run watches runs until ctx ends and measures those that want it. A broker that
// is away is waited for. It returns when every session has closed.
func (r *Runner) Run(ctx context.Context) error {
	stop := r.answerClock()
	defer stop()
	var sessions sync.WaitGroup
	defer sessions.Wait()
	begun := map[event.RunID]bool{}
	r.Store.Each(ctx, r.Log, func(state run.State) { r.consider(ctx, state, begun, &sessions) })
	return nil
}

// retryPause is between two questions to a broker that does not answer.
const retryPause = 500 * time.Millisecond

// consider begins a session for a run that wants one, once.
func (r *Runner) consider(ctx context.Context, state run.State, begun map[event.RunID]bool, sessions *sync.WaitGroup) {
	if state.Phase.Final() {
		delete(begun, state.Run)
		return
	}
	if begun[state.Run] {
		return
	}
	settings, wanted := r.wants(state)
	if !wanted {
		return
	}
	begun[state.Run] = true
	sessions.Go(func() { r.measure(ctx, state, settings) })
}

// wants reports whether this host has a part in the run: in its baseline, or
// under load when this host was part of it already and the sampler was started
// again.
func (r *Runner) wants(state run.State) (config.Run, bool) {
	if state.Phase != run.Baseline && state.Phase != run.Running {
		return config.Run{}, false
	}
	if _, joined := state.Hosts[r.Clock.Host().Host]; state.Phase == run.Running && !joined {
		return config.Run{}, false
	}
	c, err := config.Parse(state.Config)
	if err != nil {
		r.Log.Error("the config of a run cannot be read", "run_id", string(state.Run), "error", err)
		return config.Run{}, false
	}
	return c, c.Metrics.Enabled
}

func (r *Runner) measure(ctx context.Context, state run.State, c config.Run) {
	producer, epoch := r.Publisher.Identity()
	s := &session{
		Runner: r, run: state.Run, config: c, rejoined: state.Phase == run.Running,
		producer: producer, epoch: epoch, host: r.Clock.Host(),
		log:      r.Log.With("run_id", string(state.Run)),
		spoolDir: filepath.Join(r.SpoolDir, string(state.Run)),
	}
	s.measure(ctx)
}
