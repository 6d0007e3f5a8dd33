package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/telemetry"
)

const (
	startTimeout = 30 * time.Second
	// stopMargin is what publishers, connection and listener get on top of the
	// drain budget: fx skips the remaining stop hooks once its time is spent.
	stopMargin = 10 * time.Second
)

// LogOutput is where an application logs.
type LogOutput struct{ io.Writer }

// New builds the application of one service without running it. To the module it
// provides *slog.Logger, *bus.Bus, *bus.Publisher, event.Producer, clock.Clock,
// *run.Store, *run.Leases, *prometheus.Registry, *http.ServeMux, *Health, *Loops
// and Base. extra comes last and may replace any of them.
func New(name string, base Base, module fx.Option, extra ...fx.Option) *fx.App {
	return fx.New(append([]fx.Option{
		fx.StartTimeout(startTimeout),
		fx.StopTimeout(base.Drain() + stopMargin),
		fx.WithLogger(func(log *slog.Logger) fxevent.Logger {
			l := &fxevent.SlogLogger{Logger: log}
			l.UseLogLevel(slog.LevelDebug)
			return l
		}),
		chassis(name, base),
		module,
		fx.Invoke(serveHTTP),
	}, extra...)...)
}

func chassis(name string, base Base) fx.Option {
	return fx.Module("chassis",
		fx.Supply(base, base.producer(name), LogOutput{os.Stderr}),
		fx.Provide(
			newLogger,
			newRoot,
			newClock,
			newBus,
			newPublisher,
			run.NewStore,
			run.NewLeases,
			telemetry.NewRegistry,
			func(r *prometheus.Registry) prometheus.Registerer { return r },
			newHealth,
			newMux,
			newLoops,
		),
	)
}

func newLogger(base Base, out LogOutput, p event.Producer) (*slog.Logger, error) {
	log, err := telemetry.NewLogger(out, base.LogFormat, base.LogLevel)
	if err != nil {
		return nil, Usage(err)
	}
	return log.With("service", p.Service, "instance", p.Instance), nil
}

// newRoot is the context of all background work: it outlives the start hooks and
// ends after the last stop hook.
func newRoot(life fx.Lifecycle) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	life.Append(fx.Hook{OnStop: func(context.Context) error { cancel(); return nil }})
	return ctx
}

func newClock(base Base) clock.Clock { return clock.System(base.Host) }

func newBus(ctx context.Context, life fx.Lifecycle, base Base, p event.Producer, log *slog.Logger) (*bus.Bus, error) {
	options := base.NATS
	options.Name, options.Log = p.String(), log
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	b, err := natsbus.Connect(ctx, options)
	if err != nil {
		return nil, Dependency(fmt.Errorf("connect to NATS at %s: %w", options.Address(), err))
	}
	life.Append(fx.Hook{OnStop: b.Close})
	return b, nil
}

func newPublisher(life fx.Lifecycle, b *bus.Bus, p event.Producer, c clock.Clock) *bus.Publisher {
	publisher := b.NewPublisher(p, c)
	life.Append(fx.Hook{OnStop: publisher.Flush})
	return publisher
}

func newLoops(root context.Context, life fx.Lifecycle, s fx.Shutdowner, log *slog.Logger, h *Health) *Loops {
	return &Loops{life: life, shutdown: s, log: log, health: h, root: root}
}
