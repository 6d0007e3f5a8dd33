package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

func (a *app) rerun() *cobra.Command {
	simulated := false
	cmd := &cobra.Command{
		Use:   "rerun RUN [key=value ...]",
		Short: "Send the prompts of a stored run again, at the same arrival times, as a new run",
		Long: `Send the prompts of a stored run again, at the same arrival times, as a new run.

The prompts come from the stored stream and not from the dataset, word for word;
an open loop keeps the time of each from the start of the load. The config is the
stored run's with the overrides on top; a secret in it must be given again, as an
override or as AEB_API_KEY. Keys that choose prompts or arrival times are refused,
but load.type=closed and load.type=asap, which give up the times.

RUN is a run's id or a unique beginning of it, or "last". A run whose prompts were
not kept (scenario.keep_prompts: false) cannot be driven again.`,
		Example: `  aeb rerun last
  aeb rerun 01kya2 backend.endpoint=http://gpu-2:8000 name=other-gpu
  aeb rerun 01kya2 load.type=asap
  aeb demo && aeb rerun last --simulate && aeb compare --last 2`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !simulated {
				return a.again(cmd.Context(), args[0], args[1:])
			}
			return a.withSimulator(cmd.Context(), func(ctx context.Context, endpoint string) error {
				return a.again(ctx, args[0], append([]string{endpoint}, args[1:]...))
			})
		},
	}
	cmd.Flags().StringVar(&a.options.Simulator, "simulator", "", "measure the devices of the simulator at this URL instead of real ones")
	cmd.Flags().BoolVar(&simulated, "simulate", false, "run against a simulated server and GPU of its own, as aeb demo does")
	return cmd
}

func (a *app) again(ctx context.Context, name string, overrides []string) error {
	var id event.RunID
	var c config.Run
	// The key is part of how a pipeline is opened, so the config is read before.
	err := a.reading(ctx, func(p *aeb.Pipeline) error {
		var err error
		if id, err = p.Find(ctx, name); err != nil {
			return err
		}
		c, err = p.RerunConfig(ctx, id, loader(), overrides...)
		return err
	})
	if err != nil {
		return err
	}
	a.options.APIKey = c.Backend.APIKey
	return a.inside(ctx, func(p *aeb.Pipeline) error {
		return a.one(p, c, func(show func(aeb.Snapshot)) (aeb.Result, error) {
			return p.Rerun(ctx, id, c, show)
		})
	})
}
