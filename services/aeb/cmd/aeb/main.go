// Command aeb measures what each request to a language model costs.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/cli"
)

func main() {
	clickhouse.RunChildIfAsked()
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// It lives as long as the process.
	go endInOrderThenAtOnce(signals, stop)
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// interrupted is what shells take for an end by Ctrl-C.
const interrupted = 130

// endInOrderThenAtOnce lets what is under way come to its end at the first signal,
// and ends the process at the second: the record is on the streams, and services
// that are up for longer than the run's seal_timeout_s report it.
func endInOrderThenAtOnce(signals <-chan os.Signal, stop context.CancelFunc) {
	<-signals
	stop()
	<-signals
	fmt.Fprintln(os.Stderr, "stopped at once; aeb up reports what was measured of the run that was under way")
	os.Exit(interrupted)
}
