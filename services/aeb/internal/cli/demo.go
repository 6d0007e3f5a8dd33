package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
)

func (a *app) demo() *cobra.Command {
	var sweep sweepFlags
	cmd := &cobra.Command{
		Use:   "demo [key=value ...]",
		Short: "Run the whole pipeline against a simulated server and GPU, and compare with the simulator's truth",
		Example: `  aeb demo
  aeb demo load.concurrency=4,16 --multirun`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withSimulator(cmd.Context(), func(ctx context.Context, endpoint string) error {
				all, err := loader().LoadRuns("demo", sweep.multirun, append([]string{endpoint}, args...)...)
				if err != nil {
					return err
				}
				return a.execute(ctx, all, sweep)
			})
		},
	}
	sweep.add(cmd)
	return cmd
}

// withSimulator serves a simulated server and GPU while do runs, which gets the
// override that points a run at them.
func (a *app) withSimulator(ctx context.Context, do func(ctx context.Context, endpoint string) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server, err := simulate.Serve(context.WithoutCancel(ctx), "127.0.0.1:0", simulate.DefaultConfig())
	if err != nil {
		return fmt.Errorf("start simulator: %w", err)
	}
	a.options.Simulator = server.URL()
	return errors.Join(do(ctx, "backend.endpoint="+server.URL()+"/v1"), server.Close())
}

func (a *app) simulate() *cobra.Command {
	cfg := simulate.DefaultConfig()
	listen := "127.0.0.1:8000"
	replicas, gpus := 1, 1
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Serve the simulated server and its GPUs until interrupted",
		Example: `  aeb simulate --listen 127.0.0.1:8000 &
  aeb run configs/demo.yaml --simulator http://127.0.0.1:8000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if replicas < 1 || gpus < 1 {
				return service.Usage(fmt.Errorf("--replicas and --gpus: %d and %d must be at least 1", replicas, gpus))
			}
			server, err := serveSimulated(cmd.Context(), listen, cfg, replicas, gpus)
			if err != nil {
				return fmt.Errorf("start simulator: %w", err)
			}
			fmt.Fprintf(a.err, "simulated %s on %s\n", cfg.Model, server.URL())
			for i := 0; replicas > 1 && i < replicas; i++ {
				fmt.Fprintf(a.err, "replica r%d, GPUs %d to %d, on %s/v1\n", i, i*gpus, (i+1)*gpus-1, server.Replica(i))
			}
			<-cmd.Context().Done()
			return server.Close()
		},
	}
	cmd.Flags().StringVar(&listen, "listen", listen, "address to listen on")
	cmd.Flags().StringVar(&cfg.Model, "model", cfg.Model, "name of the served model")
	cmd.Flags().IntVar(&replicas, "replicas", replicas, "servers of the model, below /r0, /r1, …, each with GPUs of its own")
	cmd.Flags().IntVar(&gpus, "gpus", gpus, "GPUs of each replica")
	return cmd
}

// serveSimulated puts one replica at the address itself, several below it.
func serveSimulated(ctx context.Context, listen string, cfg simulate.Config, replicas, gpus int) (*simulate.Server, error) {
	if replicas > 1 {
		return simulate.ServeFleet(ctx, listen, simulate.Replicas(cfg, replicas, gpus))
	}
	cfg.Devices = simulate.Devices(gpus)
	return simulate.Serve(ctx, listen, cfg)
}
