package stack

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	energysampler "github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler"
	inferencedriver "github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
)

// startServices runs the four services as applications of their own in this
// process, over the embedded broker: the same modules as their binaries.
func (s *Stack) startServices(ctx context.Context, o Options, broker bus.Options) error {
	modules, err := s.modules(o, broker)
	if err != nil {
		return service.Usage(err)
	}
	for _, m := range modules {
		app := service.New(m.name, m.base, m.module, fx.Replace(service.LogOutput{Writer: o.Log}))
		if err := app.Err(); err != nil {
			return fmt.Errorf("build %s: %w", m.name, err)
		}
		start, cancel := context.WithTimeout(ctx, app.StartTimeout())
		err := app.Start(start)
		cancel()
		if err != nil {
			return fmt.Errorf("start %s: %w", m.name, err)
		}
		s.closers = append(s.closers, func(ctx context.Context) error {
			stop, cancel := context.WithTimeout(ctx, app.StopTimeout())
			defer cancel()
			if err := app.Stop(stop); err != nil {
				return fmt.Errorf("stop %s: %w", m.name, err)
			}
			return nil
		})
	}
	return nil
}

type module struct {
	name   string
	base   service.Base
	module fx.Option
}

// modules are in start order, the consumers before the producers. Each takes its
// settings from the environment and refuses bad ones, as its own binary would.
func (s *Stack) modules(o Options, broker bus.Options) ([]module, error) {
	report, drive := reporter.DefaultConfig(), inferencedriver.DefaultConfig()
	sample, load := energysampler.DefaultConfig(), promptloader.DefaultConfig()
	all := []service.Configured{&report, &drive, &sample, &load}
	for _, cfg := range all {
		if err := config.LoadService("", service.EnvPrefix, cfg); err != nil {
			return nil, err
		}
	}
	for _, base := range []*service.Base{&report.Base, &drive.Base, &sample.Base, &load.Base} {
		base.NATS = broker
		base.HTTPListen = ""
		base.LogLevel = o.LogLevel
		base.DrainS = drain.Seconds()
	}
	s.reportTo(&report, o)
	if o.APIKey != "" {
		drive.APIKey = o.APIKey
	}
	if o.Simulator != "" {
		sample.Source, sample.SimulatorURL = "simulated", o.Simulator
	}
	for _, cfg := range all {
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
	}
	return []module{
		{"reporter", report.Base, reporter.Module(report)},
		{"energy-sampler", sample.Base, energysampler.Module(sample)},
		{"inference-driver", drive.Base, inferencedriver.Module(drive)},
		{"prompt-loader", load.Base, promptloader.Module(load)},
	}, nil
}

// drain is shorter than a container's: a person waits for the prompt to come back.
const drain = 5 * time.Second
