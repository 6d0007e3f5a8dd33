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
	cmd := &cobra.Command{
		Use:   "run CONFIG [key=value ...]",
		Short: "Run a benchmark config against its server and report what each request cost",
		Example: `  aeb run configs/gpt_oss_120b.yaml
  aeb run configs/gpt_oss_120b.yaml backend.endpoint=http://gpu-1:8000 load.concurrency=32`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loader().LoadRun(args[0], args[1:]...)
			if err != nil {
				return err
			}
			return a.execute(cmd.Context(), c)
		},
	}
	cmd.Flags().StringVar(&a.options.Simulator, "simulator", "", "measure the devices of the simulator at this URL instead of real ones")
	return cmd
}

// execute opens a pipeline, runs c in it and prints the result.
func (a *app) execute(ctx context.Context, c config.Run) error {
	a.options.APIKey = c.Backend.APIKey
	p, err := aeb.Open(ctx, a.options)
	if err != nil {
		return err
	}
	return errors.Join(a.inside(ctx, p, c), p.Close(context.WithoutCancel(ctx)))
}

func (a *app) inside(ctx context.Context, p *aeb.Pipeline, c config.Run) error {
	for _, note := range p.Notes() {
		fmt.Fprintf(a.err, "note: %s\n", note)
	}
	terminal, width := a.terminal()
	progress := view.NewProgress(a.err, terminal, width)
	result, err := p.Run(ctx, c, progress.Show)
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

// where says where the files and the tables are.
func (a *app) where(p *aeb.Pipeline, result aeb.Result, c config.Run) {
	fmt.Fprintf(a.out, "\nfiles   %s\n", result.Output)
	fmt.Fprintf(a.out, "row     %s\n", filepath.Clean(c.Reporter.OutputFile))
	if tables := p.Tables(); tables != "" {
		fmt.Fprintf(a.out, "tables  %s\n", tables)
	}
	fmt.Fprintf(a.out, "again   aeb replay %s\n", result.Run)
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
