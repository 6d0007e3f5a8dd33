package inferencedriver

import (
	"log/slog"
	"time"

	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/working"
)

// Module is the inference-driver's table of contents.
func Module(cfg Config) fx.Option {
	return fx.Module("inference-driver",
		fx.Supply(cfg, fx.Private),
		fx.Provide(newClient, newRunner, fx.Private),
		fx.Invoke(func(loops *service.Loops, r *working.Runner) { loops.Go("drive", r.Run) }),
	)
}

func newClient(cfg Config) (*wire.Client, error) {
	key, err := cfg.key()
	if err != nil {
		return nil, err
	}
	return wire.NewClient(cfg.MaxInFlight, key), nil
}

func newRunner(
	cfg Config, b *bus.Bus, p event.Producer, s *run.Store, l *run.Leases, c clock.Clock, log *slog.Logger, client *wire.Client,
) *working.Runner {
	return &working.Runner{
		Bus: b, Producer: p, Store: s, Leases: l, Clock: c, Log: log, Client: client,
		MaxInFlight: cfg.MaxInFlight, Drain: cfg.Drain(),
		ClockEvery: time.Duration(cfg.ClockEveryS * float64(time.Second)),
	}
}
