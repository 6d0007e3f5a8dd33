package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

func (a *app) export() *cobra.Command {
	return &cobra.Command{
		Use:   "export RUN FILE",
		Short: "Write a run to a file that another machine can import",
		Long: `Write a run to a file: CloudEvents, one JSON a line, every event of the run and
at the end its state. A name that ends in .gz is compressed. The file holds the
prompts, unless the run did not keep them, and no secret of its config.`,
		Example: `  aeb export last run.jsonl.gz
  aeb export 01kya2 /tmp/run.jsonl && jq -r .type /tmp/run.jsonl | sort | uniq -c`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				id, err := p.Find(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				done, err := p.Export(cmd.Context(), id, args[1])
				if err != nil {
					return err
				}
				if done.Unreadable > 0 {
					fmt.Fprintf(a.err, "note: %d stored messages are no events and are not in the file; aeb dlq list --run %s shows them\n", done.Unreadable, id)
				}
				_, err = fmt.Fprintf(a.out, "%d events of run %s in %s\n", done.Events, id, args[1])
				return err
			})
		},
	}
}

func (a *app) imports() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Take in a run that aeb export wrote",
		Long: `Take in a run that aeb export wrote, so that show, replay, compare and rerun know
it. The whole file is checked first: one with a line that is no event, of several
runs, or cut off is refused with the line's number and nothing is stored. What is
here already is left alone, so importing twice changes nothing.`,
		Example: `  aeb import run.jsonl.gz && aeb replay last`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				done, err := p.Import(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if done.Unreadable > 0 {
					fmt.Fprintf(a.err, "note: %d messages of the run are not in the file, since they were no events\n", done.Unreadable)
				}
				if done.Stored == 0 {
					_, err = fmt.Fprintf(a.out, "run %s is here already: all %d events\n", done.Run, done.Events)
					return err
				}
				_, err = fmt.Fprintf(a.out, "run %s: %d events, %d of them new here\nagain   aeb replay %s\n", done.Run, done.Events, done.Stored, done.Run)
				return err
			})
		},
	}
}
