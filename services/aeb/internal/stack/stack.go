package stack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/telemetry"
)

// DefaultData is the folder of the embedded engines: that of AEB_DATA, or .aeb
// below the working directory.
func DefaultData() string { return cmp.Or(os.Getenv("AEB_DATA"), ".aeb") }

// Options say where the pipeline runs. The zero value is embedded engines whose
// data is in ./.aeb.
type Options struct {
	// Data is the folder of the embedded engines. Default is AEB_DATA, else .aeb.
	Data string
	// NATS is the URL of a broker: the services run elsewhere and this process is
	// a client of theirs, which logs in as the AEB_NATS_* variables say. Empty
	// embeds the broker and the services.
	NATS string
	// ClickHouse is the URL of a server to write tables to, "off" for none, or
	// empty for the embedded engine. A client of a cluster does not use it.
	ClickHouse string
	// Simulator is the base URL of a simulator whose devices are measured instead
	// of this machine's accelerators.
	Simulator string
	// APIKey is sent to the inference server as a bearer token.
	APIKey config.Secret
	// Transformers is the program that serves for a config with backend.start, by
	// name or path. Default is AEB_TRANSFORMERS, else transformers.
	Transformers string
	// Log gets the services' logs; nil means a file in Data. LogLevel is debug,
	// info, warn or error; default info.
	Log      io.Writer
	LogLevel string
	// Idle starts the broker without services and database, for what only reads.
	Idle bool
}

// Stack is what runs.
type Stack struct {
	Bus      *bus.Bus
	Store    *run.Store
	Clock    clock.Clock
	Producer event.Producer
	Log      *slog.Logger
	// Notes say what the stack does without.
	Notes []string
	// Simulated is set when the measured devices are a simulator's.
	Simulated bool
	// Transformers is as in Options; a client of a cluster starts no server, and
	// has none.
	Transformers string

	clickHouse *clickhouse.Server
	closers    []func(context.Context) error
}

// Start brings everything up, or takes down again what it had begun.
func Start(ctx context.Context, o Options) (*Stack, error) {
	s := &Stack{
		Clock:     clock.System(""),
		Producer:  event.Producer{Service: "aeb", Instance: event.Token(fmt.Sprintf("p%d", os.Getpid()))},
		Simulated: o.Simulator != "",
	}
	if err := s.start(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, o Options) error {
	if o.Data == "" {
		o.Data = DefaultData()
	}
	if o.LogLevel == "" {
		o.LogLevel = "info"
	}
	if o.NATS != "" {
		return s.client(ctx, o)
	}
	s.Transformers = cmp.Or(o.Transformers, os.Getenv("AEB_TRANSFORMERS"), "transformers")
	release, err := lockDir(o.Data)
	if err != nil {
		return service.Usage(err)
	}
	s.closers = append(s.closers, func(context.Context) error { return release() })
	if err := s.openLog(&o); err != nil {
		return err
	}
	broker, err := s.startBroker(ctx, o)
	if err != nil {
		return err
	}
	if o.Idle {
		return nil
	}
	if err := s.startClickHouse(ctx, &o); err != nil {
		return err
	}
	return s.startServices(ctx, o, broker)
}

// client connects to a broker that others serve.
func (s *Stack) client(ctx context.Context, o Options) error {
	log, err := telemetry.NewLogger(io.Discard, "text", o.LogLevel)
	if err != nil {
		return service.Usage(err)
	}
	s.Log = log
	broker, err := Login(o.NATS)
	if err != nil {
		return err
	}
	return s.connect(ctx, broker)
}

func (s *Stack) connect(ctx context.Context, options bus.Options) error {
	options.Name = s.Producer.String()
	b, err := natsbus.Connect(ctx, options)
	if err != nil {
		return service.Dependency(fmt.Errorf("connect to NATS %s: %w", options.Address(), err))
	}
	s.Bus = b
	s.closers = append(s.closers, b.Close)
	s.Store, err = run.NewStore(ctx, b)
	if err != nil {
		return service.Dependency(fmt.Errorf("open run store: %w (a cluster needs `aeb setup` once)", err))
	}
	return nil
}

// openLog sends the services' logs to a file: the terminal belongs to the run.
func (s *Stack) openLog(o *Options) error {
	if o.Log == nil {
		path := filepath.Join(o.Data, "aeb.log")
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return service.Usage(fmt.Errorf("log file: %w", err))
		}
		o.Log = f
		s.closers = append(s.closers, func(context.Context) error { return f.Close() })
	}
	log, err := telemetry.NewLogger(o.Log, "json", o.LogLevel)
	if err != nil {
		return service.Usage(err)
	}
	s.Log = log.With("service", "aeb")
	return nil
}

// Close stops everything in the reverse order of its start.
func (s *Stack) Close(ctx context.Context) error {
	var problems []error
	for _, closer := range slices.Backward(s.closers) {
		problems = append(problems, closer(ctx))
	}
	s.closers = nil
	return errors.Join(problems...)
}
