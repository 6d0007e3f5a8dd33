package dataset

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// columns says which columns of a table mean what.
type columns struct {
	names []string
	// Where in names the optional ones stand; -1 when they are not asked for.
	input, output, timestamp int
	reference                bool
	// sessions takes every turn of a conversation, up to turns of them.
	sessions bool
	turns    int64
}

func columnsOf(s config.Scenario) columns {
	c := columns{names: []string{s.TextColumnName}, reference: s.ReferenceOutput, sessions: s.Sessions, turns: s.MaxTurns}
	add := func(name string) int {
		if name == "" {
			return -1
		}
		c.names = append(c.names, name)
		return len(c.names) - 1
	}
	c.input, c.output, c.timestamp = add(s.InputTokensColumn), add(s.OutputTokensColumn), add(s.TimestampColumn)
	return c
}

// read is the prompts of one file.
func (c columns) read(from table, path string) Source {
	return func(yield func(Prompt, error) bool) {
		for r, err := range from(path, c.names) {
			var p Prompt
			if err == nil {
				if p, err = c.prompt(r); err != nil {
					err = fmt.Errorf("%s:%d: %w", path, r.at, err)
				}
			}
			if !yield(p, err) {
				return
			}
		}
	}
}

// prompt makes sense of one row.
func (c columns) prompt(r row) (p Prompt, err error) {
	first := r.cells[0]
	if first.kind == null {
		return p, fmt.Errorf("%w: column %q is null", ErrFormat, c.names[0])
	}
	p.Text = first.value
	if talk, ok := conversation(first); ok {
		if c.sessions {
			p, err = talk.session(c.reference, c.turns)
		} else {
			p, err = talk.prompt(c.reference)
		}
		if err != nil {
			return p, err
		}
	}
	if c.input >= 0 {
		if p.InputTokens, err = r.cells[c.input].count(); err != nil {
			return p, c.in(c.input, err)
		}
	}
	if c.output >= 0 {
		declared, err := r.cells[c.output].count()
		if err != nil {
			return p, c.in(c.output, err)
		}
		if declared != nil {
			p.OutputTokens = declared
		}
	}
	if c.timestamp >= 0 {
		if p.Arrival, err = r.cells[c.timestamp].milliseconds(); err != nil {
			return p, c.in(c.timestamp, err)
		}
	}
	return p, nil
}

func (c columns) in(i int, err error) error { return fmt.Errorf("column %q: %w", c.names[i], err) }
