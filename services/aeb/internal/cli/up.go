package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
)

func (a *app) up() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Start the embedded engines and services and stay, with the tables and dashboards open",
		Example: `  aeb up
  aeb up --clickhouse off --data /var/lib/aeb`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := aeb.Open(cmd.Context(), a.options)
			if err != nil {
				return err
			}
			for _, note := range p.Notes() {
				fmt.Fprintf(a.err, "note: %s\n", note)
			}
			fmt.Fprintln(a.out, p.Describe())
			<-cmd.Context().Done()
			return p.Close(context.WithoutCancel(cmd.Context()))
		},
	}
}

func (a *app) setup() *cobra.Command {
	return &cobra.Command{
		Use:     "setup",
		Short:   "Declare streams and buckets on a broker, once per cluster (needs --nats)",
		Example: `  aeb setup --nats nats://broker:4222`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.options.NATS == "" {
				return service.Usage(errors.New("setup: which broker? give --nats URL; embedded ones set themselves up"))
			}
			broker, err := stack.Login(a.options.NATS)
			if err != nil {
				return err
			}
			broker.Name = "aeb-setup"
			if err := stack.Setup(cmd.Context(), broker); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.out, "streams and buckets are ready on %s\n", broker.Address())
			return err
		},
	}
}
