package cli

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/view"
)

func (a *app) compare() *cobra.Command {
	var o compareFlags
	cmd := &cobra.Command{
		Use:   "compare RUN RUN...",
		Short: "Set the results of runs side by side, with ratios to the first",
		Long: `Set the results of runs side by side: the config keys in which they differ, and
each figure with its interval and its ratio to the first run. Where the intervals
touch, the difference is marked as not distinguishable.

RUN is a run's id or a unique beginning of it, or "last"; or all of them are
folders that hold a summary.json, from any machine.`,
		Example: `  aeb compare 01kya2 01kya7
  aeb compare --last 3
  aeb compare --sweep 01kya1 --csv > sweep.csv
  aeb compare benchmark_output/01kya2… other-machine/01kxb5…`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && o.last == 0 && o.sweep == "" && folders(args) {
				table, err := aeb.CompareFolders(args...)
				if err != nil {
					return err
				}
				return a.printComparison(table, o)
			}
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				ids, err := o.pick(cmd, p, args)
				if err != nil {
					return err
				}
				table, err := p.Compare(cmd.Context(), ids...)
				if err != nil {
					return err
				}
				return a.printComparison(table, o)
			})
		},
	}
	cmd.Flags().IntVar(&o.last, "last", 0, "compare the last N runs")
	cmd.Flags().StringVar(&o.sweep, "sweep", "", "compare the runs of a sweep, by its id or a unique beginning of it")
	cmd.Flags().BoolVar(&o.json, "json", false, "write JSON")
	cmd.Flags().BoolVar(&o.csv, "csv", false, "write CSV, a row per run")
	cmd.MarkFlagsMutuallyExclusive("json", "csv")
	cmd.MarkFlagsMutuallyExclusive("last", "sweep")
	return cmd
}

type compareFlags struct {
	last      int
	sweep     string
	json, csv bool
}

// pick resolves what is to be compared.
func (o compareFlags) pick(cmd *cobra.Command, p *aeb.Pipeline, args []string) ([]event.RunID, error) {
	switch {
	case o.last > 0 && len(args) == 0:
		return p.Last(cmd.Context(), o.last)
	case o.sweep != "" && len(args) == 0:
		return p.InSweep(cmd.Context(), o.sweep)
	case o.last != 0 || o.sweep != "" || len(args) == 0:
		return nil, service.Usage(errors.New("compare: which runs? name them, or give --last N, or --sweep ID"))
	}
	ids := make([]event.RunID, 0, len(args))
	for _, arg := range args {
		id, err := p.Find(cmd.Context(), arg)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// folders reports whether every argument is a folder with a result.
func folders(args []string) bool {
	for _, arg := range args {
		if _, err := os.Stat(filepath.Join(arg, "summary.json")); err != nil {
			return false
		}
	}
	return true
}

func (a *app) printComparison(t aeb.Comparison, o compareFlags) error {
	switch {
	case o.json:
		return t.WriteJSON(a.out)
	case o.csv:
		return t.WriteCSV(a.out)
	}
	return view.Comparison(a.out, t)
}
