package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/compare"
)

// besides is how many runs stand next to the first one before the table goes on
// below: four columns of figures are what a terminal holds.
const besides = 3

// Comparison prints runs side by side, in blocks that all begin with the first.
func Comparison(w io.Writer, t compare.Table) error {
	rest := make([]int, 0, len(t.Runs))
	for i := 1; i < len(t.Runs); i++ {
		rest = append(rest, i)
	}
	for block := range slices.Chunk(rest, besides) {
		if err := comparisonBlock(w, t, append([]int{0}, block...)); err != nil {
			return err
		}
	}
	if len(rest) == 0 {
		if err := comparisonBlock(w, t, []int{0}); err != nil {
			return err
		}
	}
	return legend(w, t)
}

func comparisonBlock(w io.Writer, t compare.Table, runs []int) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(title string, cell func(run int) string) {
		cells := make([]string, len(runs))
		for i, run := range runs {
			cells[i] = cell(run)
		}
		fmt.Fprintf(tab, "%s\t%s\n", title, strings.Join(cells, "\t"))
	}
	fmt.Fprintln(tab)
	line("run", func(i int) string { return string(t.Runs[i].Run) })
	line("", func(i int) string { return t.Runs[i].Name })
	if slices.ContainsFunc(runs, func(i int) bool { return t.Runs[i].Label != "" }) {
		line("", func(i int) string { return t.Runs[i].Label })
	}
	for _, k := range t.Config {
		line(k.Key, func(i int) string { return shown(k.Values[i]) })
	}
	line("status", func(i int) string { return t.Runs[i].Status })
	line("verdict", func(i int) string {
		verdict := strings.ReplaceAll(t.Runs[i].Verdict, "_", " ")
		if t.Runs[i].Simulated {
			verdict += ", SIMULATED"
		}
		return verdict
	})
	for _, f := range t.Figures {
		title := f.Title
		if f.Unit == "ms" {
			title += ", ms"
		}
		line(title, func(i int) string {
			if f.Unit == "1" {
				return whole(f.Values[i].Value)
			}
			return cell(f.Values[i])
		})
	}
	return tab.Flush()
}

// longest is how much of a config value a column shows.
const longest = 40

func shown(value string) string {
	if value == "" {
		return missing
	}
	if runes := []rune(value); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return value
}

// whole is a count.
func whole(v *float64) string {
	if v == nil {
		return missing
	}
	return count(int64(*v))
}

// cell is a figure, its interval, and how it stands to the first run's.
func cell(v compare.Value) string {
	out := optional(v.Value)
	if v.Interval != nil && (v.Interval.Low != nil || v.Interval.High != nil) {
		out += fmt.Sprintf(" [%s, %s]", optional(v.Interval.Low), optional(v.Interval.High))
	}
	if v.Ratio != nil {
		out += fmt.Sprintf("  %.2f×", *v.Ratio)
	}
	if v.Distinguishable != nil && !*v.Distinguishable {
		out += " ≈"
	}
	return out
}

// legend explains what stands in the table, and only that.
func legend(w io.Writer, t compare.Table) error {
	var lines []string
	intervals, same := false, false
	for _, f := range t.Figures {
		for _, v := range f.Values {
			intervals = intervals || v.Interval != nil
			same = same || v.Distinguishable != nil && !*v.Distinguishable
		}
	}
	if len(t.Runs) > 1 {
		lines = append(lines, "×  times the first run's figure")
	}
	if same {
		lines = append(lines, "≈  the intervals touch: the difference to the first run is not distinguishable")
	}
	if intervals {
		lines = append(lines, "[ ]  95 % for which requests happened to be made; for J per request also the bounds of each request's share; – where they bound nothing")
	}
	if t.UnknownConfig {
		lines = append(lines, "configs are not compared: the one of a run is not known")
	} else if len(t.Config) == 0 && len(t.Runs) > 1 {
		lines = append(lines, "the configs are the same")
	}
	if len(lines) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(lines, "\n"))
	return err
}
