package view

import (
	"fmt"
	"io"
	"iter"
	"text/tabwriter"

	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/doctor"
)

// Findings prints what doctor found, a line for each with its advice below, and counts
// those that stop a run.
func Findings(w io.Writer, findings iter.Seq[doctor.Finding]) (broken int, err error) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for f := range findings {
		fmt.Fprintf(t, "%s\t%s\t%s\n", f.Mark(), f.Part, f.Text)
		if f.Advice != "" {
			fmt.Fprintf(t, "\t\t→ %s\n", f.Advice)
		}
		if f.State == doctor.Broken {
			broken++
		}
	}
	return broken, t.Flush()
}
