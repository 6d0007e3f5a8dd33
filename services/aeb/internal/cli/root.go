package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/configs"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
)

// app is what the commands share.
type app struct {
	options  aeb.Options
	out, err io.Writer
	// began is set once a command has been understood.
	began bool
}

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, args []string, out, err io.Writer) int {
	a := &app{out: out, err: err}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(err)
	announced := context.AfterFunc(ctx, func() { fmt.Fprintln(err, "\nstopping in order; Ctrl-C again stops at once") })
	e := root.ExecuteContext(ctx)
	announced()
	if !a.began {
		e = service.Usage(e)
	}
	if e != nil {
		fmt.Fprintf(err, "aeb: %v\n", e)
	}
	return aeb.ExitCode(e)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "aeb",
		Short:         "Energy and carbon of every request to a language model",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.options.Data, "data", stack.DefaultData(), "folder of the embedded engines")
	flags.StringVar(&a.options.NATS, "nats", os.Getenv("AEB_NATS_URL"), "be a client of the pipeline on this broker (URL) instead of embedding one")
	flags.StringVar(&a.options.ClickHouse, "clickhouse", "", `write tables to this ClickHouse (URL) instead of the embedded one; "off" for none`)
	flags.StringVar(&a.options.LogLevel, "log-level", "info", "debug, info, warn or error, of the services' log")
	root.AddCommand(
		a.demo(), a.run(), a.rerun(), a.replay(), a.runs(), a.show(), a.compare(), a.export(), a.imports(), a.dlq(), a.up(), a.doctor(), a.setup(), a.simulate(),
	)
	a.mark(root)
	return root
}

// mark makes every command below c note that it was understood.
func (a *app) mark(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			a.began = true
			return run(cmd, args)
		}
	}
	for _, below := range c.Commands() {
		a.mark(below)
	}
}

// loader finds configs in the usual places and then among those built in.
func loader() config.Loader {
	l := config.NewLoader()
	l.Roots = append(l.Roots, config.Root{Name: "(built in)", FS: configs.FS})
	return l
}
