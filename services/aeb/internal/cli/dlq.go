package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/view"
)

func (a *app) dlq() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "Look at messages that could not be handled, send them again, or drop them",
		Long: `Look at messages that could not be handled (the dead letters of the stream
AEB_DLQ): when, from which stream and subject, why, and the payload. A run that
has some is incomplete, never wrong.`,
		Example: `  aeb dlq list --run last
  aeb dlq show 12
  aeb dlq retry 12
  aeb dlq drop --run 01kya2`,
	}
	cmd.AddCommand(a.dlqList(), a.dlqShow(), a.dlqDrop(), a.dlqRetry())
	return cmd
}

func (a *app) dlqList() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the dead letters, oldest first",
		Example: "  aeb dlq list\n  aeb dlq list --run last",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				letters, err := ofRun(cmd.Context(), p, name)
				if err != nil {
					return err
				}
				return view.DeadLetters(a.out, letters)
			})
		},
	}
	cmd.Flags().StringVar(&name, "run", "", "only those of this run")
	return cmd
}

// ofRun are the letters of a run, or all when none is named.
func ofRun(ctx context.Context, p *aeb.Pipeline, name string) ([]aeb.DeadLetter, error) {
	var id event.RunID
	if name != "" {
		var err error
		if id, err = p.Find(ctx, name); err != nil {
			return nil, err
		}
	}
	return p.DeadLetters(ctx, id)
}

func (a *app) dlqShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show LETTER",
		Short:   "Print a dead letter with its headers and payload",
		Example: "  aeb dlq show 12",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				letters, err := numbered(cmd.Context(), p, args)
				if err != nil {
					return err
				}
				return view.DeadLetter(a.out, letters[0])
			})
		},
	}
}

func (a *app) dlqDrop() *cobra.Command {
	var chosen choice
	cmd := &cobra.Command{
		Use:     "drop LETTER...",
		Short:   "Remove dead letters",
		Example: "  aeb dlq drop 12 13\n  aeb dlq drop --run 01kya2\n  aeb dlq drop --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				letters, err := chosen.letters(cmd.Context(), p, args)
				if err != nil {
					return err
				}
				if err := p.Drop(cmd.Context(), letters...); err != nil {
					return err
				}
				_, err = fmt.Fprintf(a.out, "%d dropped\n", len(letters))
				return err
			})
		},
	}
	chosen.add(cmd)
	return cmd
}

func (a *app) dlqRetry() *cobra.Command {
	var chosen choice
	cmd := &cobra.Command{
		Use:   "retry LETTER...",
		Short: "Put dead letters' messages back on their subjects",
		Long: `Put dead letters' messages back on their subjects, for whoever reads there, and
drop the letters. A message that still cannot be handled comes back. The original
message stays in its stream too: a reader knows both by one event id.`,
		Example: "  aeb dlq retry 12\n  aeb dlq retry --run last --nats nats://broker:4222",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reading(cmd.Context(), func(p *aeb.Pipeline) error {
				letters, err := chosen.letters(cmd.Context(), p, args)
				if err != nil {
					return err
				}
				for i, l := range letters {
					ended, err := p.Retry(cmd.Context(), l)
					if err != nil {
						return fmt.Errorf("after %d of %d: %w", i, len(letters), err)
					}
					if ended {
						fmt.Fprintf(a.err, "note: the run of letter %d has ended: nobody works on its messages any more\n", l.Position)
					}
				}
				_, err = fmt.Fprintf(a.out, "%d put back\n", len(letters))
				return err
			})
		},
	}
	chosen.add(cmd)
	return cmd
}

// choice is which letters a command is about.
type choice struct {
	run string
	all bool
}

func (c *choice) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.run, "run", "", "all of this run")
	cmd.Flags().BoolVar(&c.all, "all", false, "all there are")
	cmd.MarkFlagsMutuallyExclusive("run", "all")
}

func (c *choice) letters(ctx context.Context, p *aeb.Pipeline, args []string) ([]aeb.DeadLetter, error) {
	byFlag := c.run != "" || c.all
	if byFlag == (len(args) > 0) {
		return nil, service.Usage(errors.New("dlq: which letters? name them, or give --run RUN or --all"))
	}
	if byFlag {
		return ofRun(ctx, p, c.run)
	}
	return numbered(ctx, p, args)
}

func numbered(ctx context.Context, p *aeb.Pipeline, args []string) ([]aeb.DeadLetter, error) {
	positions := make([]uint64, 0, len(args))
	for _, arg := range args {
		n, err := strconv.ParseUint(arg, 10, 64)
		if err != nil {
			return nil, service.Usage(fmt.Errorf("dlq: %q is not the number of a letter", arg))
		}
		positions = append(positions, n)
	}
	return p.DeadLettersAt(ctx, positions...)
}
