package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/doctor"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/view"
)

func (a *app) doctor() *cobra.Command {
	var o doctor.Options
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is here, what is missing, and what to do about it",
		Example: `  aeb doctor
  aeb doctor --endpoint http://gpu-1:8000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Data, o.NATS = a.options.Data, a.options.NATS
			broken, err := view.Findings(a.out, doctor.Examine(cmd.Context(), o))
			if err != nil {
				return err
			}
			if broken > 0 {
				return service.Dependency(fmt.Errorf("doctor: %d of the parts that a run needs are not usable", broken))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&o.Fetch, "fetch", false, "fetch the embedded ClickHouse engine now")
	cmd.Flags().StringVar(&o.Endpoint, "endpoint", "", "also ask this inference server for its models")
	return cmd
}
