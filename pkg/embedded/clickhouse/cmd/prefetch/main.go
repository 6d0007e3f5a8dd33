// Command prefetch gets the embedded ClickHouse engine into the cache, so that a
// build machine does it once, before tests, and says where it is.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	library, err := clickhouse.Fetch(ctx, log)
	if err != nil {
		log.Error("prefetch", "error", err)
		os.Exit(1)
	}
	log.Info("embedded ClickHouse", "library", library)
}
