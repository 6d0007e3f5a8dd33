package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/doctor"
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
			t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			missing := 0
			for finding := range doctor.Examine(cmd.Context(), o) {
				fmt.Fprintf(t, "%s\t%s\t%s\n", finding.Mark(), finding.Part, finding.Text)
				if finding.Advice != "" {
					fmt.Fprintf(t, "\t\t→ %s\n", finding.Advice)
				}
				if finding.State == doctor.Broken {
					missing++
				}
			}
			if err := t.Flush(); err != nil {
				return err
			}
			if missing > 0 {
				return service.Dependency(fmt.Errorf("doctor: %d of the parts that a run needs are not usable", missing))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&o.Fetch, "fetch", false, "fetch the embedded ClickHouse engine now")
	cmd.Flags().StringVar(&o.Endpoint, "endpoint", "", "also ask this inference server for its models")
	return cmd
}
