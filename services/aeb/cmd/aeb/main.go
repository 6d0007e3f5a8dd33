// Command aeb measures what each request to a language model costs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/cli"
)

func main() {
	clickhouse.RunChildIfAsked()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends what is under way in order; the second one is not caught
	// any more and ends the process.
	context.AfterFunc(ctx, stop)
	code := cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
