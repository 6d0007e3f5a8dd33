package sampling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/batch"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

// session is one run on this host.
type session struct {
	*Runner
	run      event.RunID
	config   config.Run
	rejoined bool
	producer event.Producer
	epoch    int64
	host     event.Clock
	log      *slog.Logger
	spoolDir string
}

// closeBudget bounds what is done after the service was told to stop; it fits
// into the chassis's drain budget.
const closeBudget = 15 * time.Second

// measure is the whole life of the session. A failure is the run's, and is told there.
func (s *session) measure(ctx context.Context) {
	err := s.claimed(ctx)
	if err == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeBudget)
	defer cancel()
	s.fail(ctx, err)
}

// claimed holds the host while the run is measured.
func (s *session) claimed(ctx context.Context) error {
	claim, err := s.claim(ctx)
	if err != nil || claim == nil {
		return err
	}
	defer claim.release(ctx)
	set, err := s.Open(ctx, want(s.config))
	if err != nil {
		return fmt.Errorf("open the sensors of %s: %w", s.host.Host, err)
	}
	defer func() {
		if err := set.Close(); err != nil {
			s.log.Warn("close the sensors", "error", err)
		}
	}()
	return s.joined(ctx, set, claim)
}

// want is what a run wants of its hosts.
func want(c config.Run) sources.Want {
	m := c.Metrics
	return sources.Want{GPUs: c.Backend.DeviceIDs, SampleHz: m.SampleHz, CPUErrorRel: m.CPUErrorRel, RAMErrorRel: m.RAMErrorRel}
}

var errNothing = errors.New("nothing on this host can be measured")

// joined announces the host, samples it for as long as the run lasts, and closes.
func (s *session) joined(ctx context.Context, set *sources.Set, claim *claim) error {
	described, counts, err := set.Describe(ctx, s.host)
	if err != nil {
		return err
	}
	if len(described.Devices) == 0 {
		return fmt.Errorf("%w: %v", errNothing, described.Notes)
	}
	if _, err := s.update(ctx, func(st run.State) (run.State, error) { return st.Join(s.producer, s.epoch) }); err != nil {
		return s.gone(err)
	}
	if err := s.Publisher.PublishNow(ctx, s.run, described); err != nil {
		return fmt.Errorf("describe %s: %w", s.host.Host, err)
	}
	if _, err := s.update(ctx, func(st run.State) (run.State, error) { return st.HostJoined(s.host.Host, s.producer) }); err != nil {
		return s.gone(err)
	}
	m, err := s.begin(ctx, set, described, counts)
	if err != nil {
		return err
	}
	claim.onLost = m.sampler.Mark
	stop := s.compareClocks(ctx)
	failure := s.follow(ctx, m)
	m.stop()
	stop()
	return s.end(ctx, set, m, failure)
}

// follow waits for the phases of the run: baseline, load, cool-down.
func (s *session) follow(ctx context.Context, m *measurement) error {
	if !s.rejoined {
		if over, err := m.wait(ctx, seconds(s.config.Metrics.BaselineS)); over || err != nil {
			return err
		}
		// A stop may come after the run has heard that this host is ready.
		if err := s.ready(ctx, m); err != nil && ctx.Err() == nil {
			return s.gone(err)
		}
	}
	if _, err := m.wait(ctx, forever); err != nil {
		return err
	}
	if ctx.Err() != nil {
		now := s.Clock.Now().WallNS
		m.outbox.put(batch.HostGap(s.host, now, now, "the sampler was stopped before the run ended"))
		return nil
	}
	if m.loaded() {
		m.cool(ctx, seconds(s.config.Metrics.CooldownS))
	}
	return nil
}

// ready publishes the idle powers and says that load may begin.
func (s *session) ready(ctx context.Context, m *measurement) error {
	described := m.withIdle()
	if err := s.Publisher.PublishNow(ctx, s.run, described); err != nil {
		return fmt.Errorf("describe %s idle: %w", s.host.Host, err)
	}
	_, err := s.update(ctx, func(st run.State) (run.State, error) { return st.HostReady(s.host.Host, s.producer) })
	return err
}

// end publishes what is left, the truth where there is one, and the count. A
// failure of the measurement is returned after what was measured is safe.
func (s *session) end(ctx context.Context, set *sources.Set, m *measurement, failure error) error {
	// The run goes on without the broker for a while; a service that is told to
	// stop does not.
	budget := seconds(s.config.Reporter.SealTimeoutS)
	if ctx.Err() != nil || budget < closeBudget {
		budget = closeBudget
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), budget)
	defer cancel()
	if set.Ledger != nil && m.loaded() {
		if err := s.recordTruth(ctx, set.Ledger, m); err != nil {
			s.log.Error("the simulator's ledger is not on the stream", "error", err)
		}
	}
	if err := m.deliver(ctx); err != nil {
		return errors.Join(failure, fmt.Errorf("%w: %w", errUndelivered, err))
	}
	if failure != nil {
		return failure
	}
	return s.leave(ctx)
}

func (s *session) recordTruth(ctx context.Context, ledger sources.Ledger, m *measurement) error {
	truth, err := ledger.Ledger(ctx, s.run, m.from.WallNS, s.Clock.Now().WallNS)
	if err != nil {
		return err
	}
	truth.Host = s.host.Host
	return s.Publisher.Publish(ctx, s.run, truth)
}

// leave publishes the count of this producer's events and signs off.
func (s *session) leave(ctx context.Context) error {
	if err := s.Publisher.CloseRun(ctx, s.run); err != nil {
		return fmt.Errorf("close %s on %s: %w", s.run, s.host.Host, err)
	}
	_, err := s.update(ctx, func(st run.State) (run.State, error) { return st.Leave(s.producer, s.epoch) })
	return err
}

// update takes a step of the run, and again while the broker does not answer. What
// the run's state refuses is an error at once.
func (s *session) update(ctx context.Context, step func(run.State) (run.State, error)) (run.State, error) {
	for {
		state, err := s.Store.Update(ctx, s.run, step)
		if err == nil || errors.Is(err, run.ErrTransition) || errors.Is(err, run.ErrUnknown) || !clock.Wait(ctx, retryPause) {
			return state, err
		}
		s.log.Warn("the run's state could not be changed and is tried again", "error", err)
	}
}

// forever is a wait that only the run ends.
const forever = time.Duration(1<<63 - 1)

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
