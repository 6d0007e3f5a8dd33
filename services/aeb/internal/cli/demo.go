package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
)

func (a *app) demo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo [key=value ...]",
		Short: "Run the whole pipeline against a simulated server and GPU, and compare with the simulator's truth",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			server, err := simulate.Serve(ctx, "127.0.0.1:0", simulate.DefaultConfig())
			if err != nil {
				return fmt.Errorf("start simulator: %w", err)
			}
			a.options.Simulator = server.URL()
			overrides := append([]string{"backend.endpoint=" + server.URL() + "/v1"}, args...)
			c, err := loader().LoadRun("demo", overrides...)
			if err == nil {
				err = a.execute(ctx, c)
			}
			return errors.Join(err, server.Close())
		},
	}
}

func (a *app) simulate() *cobra.Command {
	cfg := simulate.DefaultConfig()
	listen := "127.0.0.1:8000"
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Serve the simulated server and its GPUs until interrupted",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := simulate.Serve(cmd.Context(), listen, cfg)
			if err != nil {
				return fmt.Errorf("start simulator: %w", err)
			}
			fmt.Fprintf(a.err, "simulated %s on %s\n", cfg.Model, server.URL())
			<-cmd.Context().Done()
			return server.Close()
		},
	}
	cmd.Flags().StringVar(&listen, "listen", listen, "address to listen on")
	cmd.Flags().StringVar(&cfg.Model, "model", cfg.Model, "name of the served model")
	return cmd
}
