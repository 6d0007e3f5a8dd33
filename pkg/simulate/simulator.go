package simulate

import (
	"context"
	"fmt"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/internal/pace"
)

// Simulator is the server's engine, its devices and its books. Its methods are
// safe for concurrent use.
type Simulator struct {
	cfg   Config
	clock clock.Clock
	// birth is when it was made: its time is birth's wall time plus monotonic
	// time since, so a step of the wall clock does not tear the power apart.
	birth event.Stamp
	stats *stats

	mu      sync.Mutex
	engine  *engine
	sensors *sensors
	faults  *faults

	// wake has room for one: there is work for the loop.
	wake chan struct{}
}

// New makes a simulator that idles until Run is called. It returns ErrConfig.
func New(cfg Config, c clock.Clock) (*Simulator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Simulator{cfg: cfg, clock: c, birth: c.Now(), wake: make(chan struct{}, 1)}
	s.stats = newStats(cfg.Model, cfg.MaxModelLen, gauges{
		running: func() float64 { return s.locked(func(e *engine) float64 { return float64(len(e.running)) }) },
		waiting: func() float64 { return s.locked(func(e *engine) float64 { return float64(len(e.waiting)) }) },
		cache: func() float64 {
			return s.locked(func(e *engine) float64 { return float64(e.reserved) / float64(e.limits.KVTokens) })
		},
	})
	s.engine = newEngine(cfg, s.birth.WallNS, s.stats)
	s.sensors = newSensors(cfg, s.birth.WallNS, s.engine)
	s.faults = &faults{}
	return s, nil
}

// newEngine applies the time scale: energies per token stay, times shrink.
func newEngine(cfg Config, start int64, st *stats) *engine {
	e := &engine{limits: cfg.Engine, physics: cfg.Physics, devices: len(cfg.Devices), stats: st, books: newLedger(int64(cfg.Keep))}
	k := cfg.TimeScale
	e.limits.StepBase = scaled(e.limits.StepBase, k)
	e.limits.StepPerSeq = scaled(e.limits.StepPerSeq, k)
	e.limits.PrefillTokensPerS *= k
	e.physics.IdleW *= k
	e.physics.ActiveW *= k
	e.line = newTimeline(start, e.idle(), cfg.Keep)
	return e
}

func (s *Simulator) locked(f func(*engine) float64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f(s.engine)
}

// now is Unix nanoseconds of the simulator's clock.
func (s *Simulator) now() int64 { return s.birth.AtMono(s.clock.Now().MonoNS) }

// Run computes step after step until ctx ends. It sleeps while there is nothing
// to do.
func (s *Simulator) Run(ctx context.Context) error {
	for {
		s.mu.Lock()
		end, busy := s.engine.begin(s.now())
		s.mu.Unlock()
		for busy {
			if !pace.Sleep(ctx, end-s.now()) {
				return ctx.Err()
			}
			s.mu.Lock()
			now := s.now()
			s.engine.finish(now)
			end, busy = s.engine.begin(max(now, end))
			s.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		}
	}
}

// submit queues the sequences of one request.
func (s *Simulator) submit(seqs []*sequence) {
	s.mu.Lock()
	s.engine.submit(s.now(), seqs)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Truth is the ledger of one run between two moments in Unix nanoseconds; a zero
// end, or one in the future, is now, a zero start the first that is kept. It
// returns ErrForgotten for an earlier start.
func (s *Simulator) Truth(run event.RunID, from, to int64) (*event.TruthRecorded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.engine
	if now := s.now(); to == 0 || to > now {
		to = now
	}
	if from == 0 {
		from = e.line.start()
	}
	if err := e.line.check(from); err != nil {
		return nil, fmt.Errorf("ledger of %s: %w", run, err)
	}
	to = max(from, to)
	out := &event.TruthRecorded{
		Host: s.clock.Host().Host, FromNS: from, ToNS: to, DeviceJ: map[string]float64{},
		IdleJ:    e.line.between(from, to)[unserved],
		Requests: e.books.truth(e.line, string(run), from, to),
	}
	for _, d := range s.cfg.Devices {
		out.DeviceJ[d.ID] = e.energy(from, to)
	}
	return out, nil
}
