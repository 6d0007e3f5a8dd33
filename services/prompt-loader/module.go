package promptloader

import (
	"context"
	"log/slog"
	"os"

	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/loading"
)

// Module is the prompt-loader's table of contents.
func Module(cfg Config) fx.Option {
	return fx.Module("prompt-loader",
		fx.Supply(cfg, fx.Private),
		fx.Provide(newHub, newLoader, newRequester, fx.Private),
		fx.Invoke(func(loops *service.Loops, l *loading.Loader, r Requester, cfg Config, log *slog.Logger) {
			loops.Go("load", l.Run)
			if cfg.Run != "" {
				loops.Go("request", func(ctx context.Context) error { return requestOnce(ctx, r, cfg, log) })
			}
		}),
	)
}

func newHub(cfg Config) (hub.Client, error) { return cfg.hub(os.Getenv) }

func newLoader(b *bus.Bus, p event.Producer, s *run.Store, l *run.Leases, c clock.Clock, log *slog.Logger, h hub.Client) *loading.Loader {
	return &loading.Loader{Bus: b, Producer: p, Store: s, Leases: l, Clock: c, Log: log, Hub: h}
}

func newRequester(b *bus.Bus, s *run.Store, c clock.Clock, p event.Producer) Requester {
	return Requester{Bus: b, Store: s, Clock: c, Producer: event.Producer{Service: "run-request", Instance: p.Instance}}
}

// requestOnce opens the runs of the config, one after another, and then stays,
// since the service does.
func requestOnce(ctx context.Context, r Requester, cfg Config, log *slog.Logger) error {
	all, err := config.LoadRuns(cfg.Run, false, cfg.Overrides...)
	if err != nil {
		return service.Usage(err)
	}
	sweep := Together(r.Clock, all)
	for i, variant := range all {
		id, err := r.Request(ctx, variant.Run, Opening{Simulated: cfg.Simulated, Sweep: sweep(i)})
		if err != nil {
			return err
		}
		log.Info("run requested", "run_id", string(id), "name", variant.Run.Name)
		if i == len(all)-1 {
			break
		}
		if _, err := r.Store.Await(ctx, id, func(s run.State) bool { return s.Phase.Final() }); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}
