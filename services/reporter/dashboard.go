package reporter

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"
)

// DashboardURL opens ClickHouse's own /dashboard page, at the HTTP address of a
// server, on this project's charts of a run; "" is the newest. An empty database
// is the default one. The page asks for the user's password.
func DashboardURL(httpURL, user, database string, run event.RunID) string {
	if database == "" {
		database = clickhouse.DefaultDatabase
	}
	return clickhouse.DashboardURL(httpURL, user, database, string(run))
}
