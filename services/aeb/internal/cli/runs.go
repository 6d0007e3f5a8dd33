package cli

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/view"
)

// reading opens a pipeline that only reads what is stored.
func (a *app) reading(ctx context.Context, do func(p *aeb.Pipeline) error) error {
	p, err := aeb.OpenStored(ctx, a.options)
	if err != nil {
		return err
	}
	return errors.Join(do(p), p.Close(context.WithoutCancel(ctx)))
}

func (a *app) runs() *cobra.Command {
	return &cobra.Command{
		Use:     "runs",
		Short:   "List the runs that are stored",
		Example: "  aeb runs",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				states, err := p.Runs(cmd.Context())
				if err != nil {
					return err
				}
				t := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(t, "run\trequested\tname\tphase\trevision\toutput\tof")
				for _, s := range states {
					phase := string(s.Phase)
					switch {
					case s.Failure != nil:
						phase += " (" + s.Failure.Class + ")"
					case s.Stopped != "" && s.Phase != run.Cancelled:
						phase += " (cancelled)"
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", s.Run, s.Run.Created().Local().Format("2006-01-02 15:04:05"), s.Name, phase, s.Revision, s.Output, of(s))
				}
				return t.Flush()
			})
		},
	}
}

// of says what a run belongs to.
func of(s run.State) string {
	switch {
	case s.Sweep != nil:
		return fmt.Sprintf("sweep %s, %d of %d: %s", s.Sweep.ID, s.Sweep.Index+1, s.Sweep.Of, s.Sweep.Label)
	case s.RerunOf != "":
		return "rerun of " + string(s.RerunOf)
	}
	return ""
}

func (a *app) show() *cobra.Command {
	return &cobra.Command{
		Use:     "show RUN",
		Short:   "Print the newest result of a run (RUN may be a unique prefix, or \"last\")",
		Example: "  aeb show last\n  aeb show 01kya2",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				id, err := p.Find(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				summary, err := p.Summary(cmd.Context(), id)
				if err != nil {
					return err
				}
				return view.Summary(a.out, summary)
			})
		},
	}
}

func (a *app) replay() *cobra.Command {
	var replay aeb.Replay
	cmd := &cobra.Command{
		Use:   "replay RUN",
		Short: "Compute a run's result again from its stored streams",
		Long: `Compute a run's result again from its stored streams, with the same code as the
live one: the same method gives the same requests.csv, byte for byte. Writes a
folder next to the original one and changes nothing else.`,
		Example: `  aeb replay last
  aeb replay 01kya2 --method phase-aware/v1,equal-share/v1 --out /tmp/again`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				id, err := p.Find(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				summary, dir, err := p.Replay(cmd.Context(), id, replay)
				if err != nil {
					return err
				}
				if err := view.Summary(a.out, summary); err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.out, "\nfiles   %s\n", dir)
				return err
			})
		},
	}
	cmd.Flags().StringSliceVar(&replay.Methods, "method", nil, "attribution methods, instead of the run's own")
	cmd.Flags().StringVar(&replay.Dir, "out", "", "folder to write to (default: the run's folder with -replay)")
	return cmd
}
