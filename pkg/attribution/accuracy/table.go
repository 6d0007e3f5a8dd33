package accuracy

import (
	"fmt"
	"math"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
)

// Main is the sensor of the first table: what recent cards offer (a counter that
// moves ten times a second, power on request), read ten times a second.
func Main() Sensor { return Sensors()[3] }

// Tables are the benchmark's result, as Markdown.
func Tables() (string, []Row, error) {
	var b strings.Builder
	var rows []Row
	loads := Loads()
	run := func(l *Load, s Sensor, h Hints) (Row, error) {
		r, err := Compare(l, l.trace(), s, h)
		rows = append(rows, r)
		return r, err
	}
	fmt.Fprintf(&b, "Error of a request's energy against the truth, median / 95th percentile. Sensor: %s.\n\n", Main().Name)
	methods := append(attribution.Methods(), Today()...)
	fmt.Fprintf(&b, "| load | requests | run total | %s |\n|---|---:|---:|%s\n", strings.Join(methods, " | "), strings.Repeat("---:|", len(methods)))
	for i := range loads {
		r, err := run(&loads[i], Main(), AllHints())
		if err != nil {
			return "", nil, err
		}
		fmt.Fprintf(&b, "| %s | %d | %s |", r.Load, r.Requests, percent(r.TotalError))
		for _, m := range methods {
			fmt.Fprintf(&b, " %s / %s |", percent(r.Of(m).Median), percent(r.Of(m).P95))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\nTruth inside the stated interval, and the interval's median half width.\n\n")
	own := attribution.Methods()
	fmt.Fprintf(&b, "| load | %s |\n|---|%s\n", strings.Join(own, " | "), strings.Repeat("---:|", len(own)))
	for _, r := range rows {
		fmt.Fprintf(&b, "| %s |", r.Load)
		for _, m := range own {
			fmt.Fprintf(&b, " %s in ±%s |", percent(r.Of(m).Inside), percent(r.Of(m).Width))
		}
		b.WriteString("\n")
	}
	mixed := &loads[3]
	fmt.Fprintf(&b, "\nSensors, under the load %q.\n\n", mixed.Name)
	head := "| %s | run total | equal-share/v1 | phase-aware/v1 | fitted/v1 | truth inside (fitted) |\n|---|---:|---:|---:|---:|---:|\n"
	line := func(name string, r Row) {
		e, p, f := r.Of(attribution.EqualShare), r.Of(attribution.PhaseAware), r.Of(attribution.Fitted)
		fmt.Fprintf(&b, "| %s | %s | %s / %s | %s / %s | %s / %s | %s in ±%s |\n", name, percent(r.TotalError), percent(e.Median), percent(e.P95),
			percent(p.Median), percent(p.P95), percent(f.Median), percent(f.P95), percent(f.Inside), percent(f.Width))
	}
	fmt.Fprintf(&b, head, "sensor")
	for _, s := range Sensors() {
		r, err := run(mixed, s, AllHints())
		if err != nil {
			return "", nil, err
		}
		line(r.Sensor, r)
	}
	for _, l := range []*Load{mixed, &loads[4]} {
		fmt.Fprintf(&b, "\nWhat is told of a request, under the load %q.\n\n", l.Name)
		fmt.Fprintf(&b, head, "told")
		for _, h := range HintSets() {
			r, err := run(l, Main(), h)
			if err != nil {
				return "", nil, err
			}
			line(r.Hints, r)
		}
	}
	if err := shortRuns(&b); err != nil {
		return "", nil, err
	}
	return b.String(), rows, nil
}

// shortRuns is the table of runs that are over in ten to twenty seconds.
func shortRuns(b *strings.Builder) error {
	told := HintSets()[:4]
	fmt.Fprintf(b, "\nRuns of 10 to 20 s, mixed lengths, five of each kind pooled: median / 95th percentile of the error of fitted/v1, and\ntruth inside its interval.\n\n| load | sensor |")
	for _, h := range told {
		fmt.Fprintf(b, " %s |", h.Name)
	}
	fmt.Fprintf(b, "\n|---|---|%s\n", strings.Repeat("---:|", len(told)))
	for _, short := range Shorts() {
		for _, s := range ShortSensors() {
			fmt.Fprintf(b, "| %s | %s |", short.Name, s.Name)
			for _, h := range told {
				e, err := Pooled(attribution.Fitted, short.Loads, s, h)
				if err != nil {
					return err
				}
				fmt.Fprintf(b, " %s / %s, %s in ±%s |", percent(e.Median), percent(e.P95), percent(e.Inside), percent(e.Width))
			}
			b.WriteString("\n")
		}
	}
	return nil
}

// ShortSensors are those of the table of short runs: read densely, so that little
// else is in doubt, and through the slowest sensor there is.
func ShortSensors() []Sensor {
	return []Sensor{{"counter 100 ms, instant power, 50 Hz", 20 * ms, 100 * ms, 0, 1}, Sensors()[8]}
}

// HintSets are the rows of the last table.
func HintSets() []Hints {
	return []Hints{
		AllHints(),
		{Name: "queue time only", Queue: true},
		{Name: "times of chunks only", Chunks: true},
		{Name: "bare times", Queue: false},
		{Name: "all, clocks 40 ms apart, unknown", Queue: true, Chunks: true, ClockNS: 40 * ms},
		{Name: "all, clocks 40 ms apart, declared", Queue: true, Chunks: true, ClockNS: 40 * ms, Declared: true},
	}
}

func percent(v float64) string {
	switch v *= 100; {
	case math.IsNaN(v):
		return "–"
	case v >= 100:
		return fmt.Sprintf("%.0f %%", v)
	case v >= 10:
		return fmt.Sprintf("%.1f %%", v)
	case v < 0.001:
		return "< 0.001 %"
	case v < 0.1:
		return fmt.Sprintf("%.3f %%", v)
	}
	return fmt.Sprintf("%.2f %%", v)
}
