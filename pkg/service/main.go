package service

import (
	"context"
	"flag"
	"fmt"
	"os"

	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Configured is what a service's Config must offer; embedding Base gives it.
type Configured interface {
	// Chassis is the embedded Base.
	Chassis() Base
	Validate() error
}

// Chassis makes every struct that embeds Base Configured.
func (b Base) Chassis() Base { return b }

// EnvPrefix begins the environment variables that override a service's config:
// AEB_NATS_URL sets nats.url.
const EnvPrefix = "AEB_"

// Main is the whole of a service's main function. Config precedence is defaults,
// then the file given by --config, then AEB_* environment variables. The process
// exits with 0, or as ExitCode says.
func Main[C Configured](name string, defaults C, module func(C) fx.Option) {
	os.Exit(execute(name, defaults, module, os.Args[1:]))
}

func execute[C Configured](name string, cfg C, module func(C) fx.Option, args []string) int {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	path := flags.String("config", "", "service config file (YAML)")
	if err := flags.Parse(args); err != nil {
		return ExitUsage
	}
	if err := config.LoadService(*path, EnvPrefix, &cfg); err != nil {
		return refuse(name, Usage(err))
	}
	if err := cfg.Validate(); err != nil {
		return refuse(name, Usage(fmt.Errorf("config: %w", err)))
	}
	app := New(name, cfg.Chassis(), module(cfg))
	if err := app.Err(); err != nil {
		return refuse(name, err)
	}
	return runApp(name, app)
}

// runApp starts, waits for a signal or a loop's end, and stops.
func runApp(name string, app *fx.App) int {
	start, cancel := context.WithTimeout(context.Background(), app.StartTimeout())
	defer cancel()
	if err := app.Start(start); err != nil {
		return refuse(name, err)
	}
	signal := <-app.Wait()
	stop, cancel := context.WithTimeout(context.Background(), app.StopTimeout())
	defer cancel()
	if err := app.Stop(stop); err != nil {
		return refuse(name, err)
	}
	return signal.ExitCode
}

func refuse(name string, err error) int {
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	return ExitCode(err)
}
