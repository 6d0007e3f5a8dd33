package energysampler

import (
	"log/slog"

	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sampling"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/simulated"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

// Module is the energy-sampler's table of contents.
func Module(cfg Config) fx.Option {
	return fx.Module("energy-sampler",
		fx.Supply(cfg, fx.Private),
		fx.Provide(newOpener, sampling.NewMetrics, newRunner, fx.Private),
		fx.Invoke(func(loops *service.Loops, r *sampling.Runner) { loops.Go("sample", r.Run) }),
	)
}

func newOpener(cfg Config, c clock.Clock) (sources.Opener, error) {
	chosen, err := cfg.sources()
	return sources.Opener{Config: chosen, Clock: c, Dial: simulated.Dial}, err
}

func newRunner(
	cfg Config, o sources.Opener, m *sampling.Metrics,
	s *run.Store, l *run.Leases, b *bus.Bus, p *bus.Publisher, c clock.Clock, log *slog.Logger,
) (*sampling.Runner, error) {
	maps, err := cfg.electricityMaps()
	if err != nil {
		return nil, err
	}
	return &sampling.Runner{
		Store: s, Leases: l, Bus: b, Publisher: p, Clock: c, Log: log, Metrics: m,
		Open: o.Open, SpoolDir: cfg.SpoolDir, SpoolMaxBytes: cfg.SpoolMaxBytes,
		ClockEvery:      seconds(cfg.ClockEveryS),
		ElectricityMaps: maps, IntensityEvery: seconds(cfg.IntensityEveryS),
	}, nil
}
