package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/view"
)

func (a *app) run() *cobra.Command {
	var sweep sweepFlags
	cmd := &cobra.Command{
		Use:   "run CONFIG [key=value ...]",
		Short: "Run a benchmark config against its server and report what each request cost",
		Long: `Run a benchmark config against its server and report what each request cost.

A config with a list of scenarios is one run each. With --multirun, key=a,b and
key=range(start,stop[,step]) make one run for each combination. Several runs go
one after another, keep a sweep id ("aeb runs" shows it), and end in a table that
compares them. The exit code is the worst of theirs.

Ctrl-C once drains the run and reports what was measured; twice stops at once.`,
		Example: `  aeb run configs/gpt_oss_120b.yaml
  aeb run configs/gpt_oss_120b.yaml backend.endpoint=http://gpu-1:8000 load.concurrency=32
  aeb run configs/demo.yaml load.concurrency=1,8,32 'scenario.seed=range(1,4)' --multirun
  aeb run configs/scenarios.yaml scenarios=[short,long]`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := loader().LoadRuns(args[0], sweep.multirun, args[1:]...)
			if err != nil {
				return err
			}
			return a.execute(cmd.Context(), all, sweep)
		},
	}
	cmd.Flags().StringVar(&a.options.Simulator, "simulator", "", "measure the devices of the simulator at this URL instead of real ones")
	sweep.add(cmd)
	return cmd
}

// sweepFlags are of commands that may make several runs.
type sweepFlags struct {
	multirun      bool
	stopOnFailure bool
}

func (f *sweepFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&f.multirun, "multirun", "m", false, "make a run for each combination of key=a,b and key=range(1,4)")
	cmd.Flags().BoolVar(&f.stopOnFailure, "stop-on-failure", false, "begin no more runs after one that ended badly")
}

// execute opens a pipeline, makes the runs in it and prints their results.
func (a *app) execute(ctx context.Context, all []config.Variant, sweep sweepFlags) error {
	var err error
	if a.options.APIKey, err = aeb.APIKey(all); err != nil {
		return err
	}
	return a.inside(ctx, func(p *aeb.Pipeline) error {
		if len(all) == 1 {
			return a.one(p, all[0].Run, func(show func(aeb.Snapshot)) (aeb.Result, error) {
				return p.Run(ctx, all[0].Run, show)
			})
		}
		return a.several(ctx, p, all, sweep)
	})
}

// inside opens a pipeline for what is done in it.
func (a *app) inside(ctx context.Context, do func(p *aeb.Pipeline) error) error {
	p, err := aeb.Open(ctx, a.options)
	if err != nil {
		return err
	}
	for _, note := range p.Notes() {
		fmt.Fprintf(a.err, "note: %s\n", note)
	}
	return errors.Join(do(p), p.Close(context.WithoutCancel(ctx)))
}

// one makes a run and prints its whole result.
func (a *app) one(p *aeb.Pipeline, c config.Run, run func(show func(aeb.Snapshot)) (aeb.Result, error)) error {
	progress := a.progress()
	result, err := run(progress.Show)
	progress.Done()
	if result.Summary.RunID == "" {
		return err
	}
	if e := view.Summary(a.out, result.Summary); e != nil {
		return errors.Join(err, e)
	}
	a.where(p, result, c)
	return err
}

// several makes runs one after another and prints how they compare.
func (a *app) several(ctx context.Context, p *aeb.Pipeline, all []config.Variant, flags sweepFlags) error {
	var progress *view.Progress
	sweep, err := p.Sweep(ctx, all, aeb.SweepOptions{
		StopOnFailure: flags.stopOnFailure,
		Show: func(i int, v config.Variant) func(aeb.Snapshot) {
			fmt.Fprintf(a.err, "run %d of %d: %s\n", i+1, len(all), v.Label)
			progress = a.progress()
			return progress.Show
		},
		Done: func(i int, r aeb.Result, err error) {
			progress.Done()
			if err != nil {
				fmt.Fprintf(a.err, "run %d of %d ended badly: %v\n", i+1, len(all), err)
			}
		},
	})
	if len(sweep.Results) == 0 {
		return err
	}
	if e := view.Comparison(a.out, sweep.Comparison); e != nil {
		return errors.Join(err, e)
	}
	fmt.Fprintln(a.out)
	for _, r := range sweep.Results {
		if r.Output != "" {
			fmt.Fprintf(a.out, "files   %s\n", r.Output)
		}
	}
	fmt.Fprintf(a.out, "again   aeb compare --sweep %s\n", sweep.ID)
	return err
}

// where says where the files and the tables are.
func (a *app) where(p *aeb.Pipeline, result aeb.Result, c config.Run) {
	fmt.Fprintf(a.out, "\nfiles   %s\n", result.Output)
	fmt.Fprintf(a.out, "row     %s\n", filepath.Clean(c.Reporter.OutputFile))
	if tables := p.Tables(); tables != "" {
		fmt.Fprintf(a.out, "tables  %s\n", tables)
	}
	fmt.Fprintf(a.out, "again   aeb replay %s\n", result.Run)
}

func (a *app) progress() *view.Progress {
	terminal, width := a.terminal()
	return view.NewProgress(a.err, terminal, width)
}

// terminal reports whether progress goes to a terminal, and how wide it is.
func (a *app) terminal() (is bool, width int) {
	f, ok := a.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	return err == nil, width
}
