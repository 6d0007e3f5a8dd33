package reporter

import "github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"

// DashboardURL opens ClickHouse's own /dashboard page on the project's charts of
// a run; an empty run is the newest one. The page asks for the password.
func DashboardURL(httpURL, user, run string) string {
	return clickhouse.DashboardURL(httpURL, user, clickhouse.DefaultDatabase, run)
}
