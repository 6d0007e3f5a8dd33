package service

// API DRAFT (to be replaced): what the services' module.go and cmd/main.go code against.

import (
	"context"
	"net/http"

	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Base is the part of every service's config that the chassis uses. Embed it inline:
//
//	type Config struct {
//		service.Base `yaml:",inline"`
//		...
//	}
type Base struct {
	// Instance tells replicas apart; default is the host name and a random suffix.
	Instance string      `yaml:"instance"`
	NATS     bus.Options `yaml:"nats"`
	// HTTPListen serves /healthz, /readyz, /metrics; "" serves nothing. Default 127.0.0.1:0... 
	HTTPListen string `yaml:"http_listen"`
	LogLevel   string `yaml:"log_level"`  // debug, info, warn, error
	LogFormat  string `yaml:"log_format"` // json, text
}

// Main is the whole body of a service's main function: it loads config (defaults < file given by --config <
// AEB_* environment), builds and runs the app and exits (0 ok, 1 internal, 2 config, 3 dependency).
func Main[C any](name string, defaults C, module func(C) fx.Option) { panic("draft") }

// New builds the app without running it, for aeb and for tests. The chassis provides to module:
// *slog.Logger, *bus.Bus, *bus.Publisher, event.Producer, clock.Clock, *run.Store, *run.Leases, prometheus.Registerer.
func New(name string, base Base, module fx.Option) *fx.App { panic("draft") }

// Loop binds fn to the app's lifecycle: it runs under the root context from start to stop; when
// it returns early the app shuts down with the exit code of its error.
func Loop(name string) func(fn func(ctx context.Context) error) fx.Option { panic("draft") }

// Handle adds an HTTP route to the service's listener.
func Handle(pattern string, h http.Handler) fx.Option { panic("draft") }

// Dependency marks an error as a dependency's fault (exit code 3), Usage as the user's (exit code 2).
func Dependency(err error) error { panic("draft") }
func Usage(err error) error      { panic("draft") }

// ExitCode maps an error to the process exit code.
func ExitCode(err error) int { panic("draft") }

var _ event.Producer
