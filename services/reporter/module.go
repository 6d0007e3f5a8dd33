package reporter

import (
	"log/slog"
	"net/http"

	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/ingest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/reporting"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/web"
)

// Module is the reporter's table of contents.
func Module(cfg Config) fx.Option {
	if cfg.ClickHouse.URL == "" {
		return fx.Module("reporter",
			fx.Provide(newRunner, fx.Private),
			fx.Invoke(serve, func(loops *service.Loops, r *reporting.Runner) { loops.Go("report", r.Run) }),
		)
	}
	return fx.Module("reporter",
		fx.Supply(cfg.ClickHouse, fx.Private),
		fx.Provide(newDB, newIngest, newRunner, fx.Private),
		fx.Invoke(serve, func(loops *service.Loops, i *ingest.Runner, db *clickhouse.DB, r *reporting.Runner) {
			r.Tables = tables{db, i}
			loops.Go("ingest", i.Run)
			loops.Go("report", r.Run)
		}),
	)
}

// tables are the database as the run loop sees it.
type tables struct {
	*clickhouse.DB
	*ingest.Runner
}

func newDB(life fx.Lifecycle, c ClickHouse) (*clickhouse.DB, error) {
	db, err := c.open()
	if err != nil {
		return nil, err
	}
	life.Append(fx.StopHook(db.Close))
	return db, nil
}

func newIngest(b *bus.Bus, db *clickhouse.DB, log *slog.Logger) *ingest.Runner {
	return &ingest.Runner{Bus: b, DB: db, Log: log}
}

func newRunner(
	b *bus.Bus, p *bus.Publisher, s *run.Store, l *run.Leases, c clock.Clock, log *slog.Logger,
) *reporting.Runner {
	return &reporting.Runner{Streams: b, Publisher: p, Store: s, Leases: l, Clock: c, Log: log}
}

func serve(mux *http.ServeMux, b *bus.Bus, s *run.Store, log *slog.Logger) {
	web.Handler{Streams: b, Runs: s, Log: log}.Register(mux)
}
