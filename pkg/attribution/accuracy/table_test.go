package accuracy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
)

var update = flag.Bool("update", false, "rewrite the tables in ../README.md")

const (
	readme = "../README.md"
	begin  = "<!-- accuracy: made by go test, see below -->\n"
	end    = "<!-- accuracy ends -->\n"
)

// The tables in the README are what the benchmark gives.
func TestTable(t *testing.T) {
	tables, rows, err := Tables()
	require.NoError(t, err)
	for _, r := range rows {
		require.LessOrEqual(t, r.Residual, 1e-9, "%s, %s", r.Load, r.Sensor)
	}
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok, "no place for the tables in %s", readme)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	want := before + begin + "\n" + tables + "\n" + end + after
	if *update {
		require.NoError(t, os.WriteFile(readme, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "run go test ./attribution/accuracy -run TestTable -update")
}

// What the project promises, on every load through every sensor.
func TestBounds(t *testing.T) {
	loads := Loads()
	for i := range loads {
		l := &loads[i]
		for _, s := range Sensors() {
			t.Run(l.Name+"/"+s.Name, func(t *testing.T) {
				r, err := Compare(l, l.trace(), s, AllHints())
				require.NoError(t, err)
				require.LessOrEqual(t, r.Residual, 1e-9, "energy is not conserved")
				require.Empty(t, r.Outside, "the truth is outside the bounds of these sums")
				best := r.Of(attribution.Fitted)
				require.GreaterOrEqual(t, best.Inside, 0.95, "truth in the interval")
				if s.StepNS > 0 {
					require.LessOrEqual(t, r.TotalError, 1e-3, "run total")
				}
				// A run of few seconds, of which every reading averages one, teaches
				// nothing; the fit says so, and the interval has the truth all the same.
				require.Equal(t, s.AverageNS == 0 || l.width != 20, r.Fit.Usable, r.Fit.Reason)
				if l.Models && s.StepNS > 0 && r.Fit.Usable {
					require.LessOrEqual(t, best.Median, 0.03, "median error")
					require.LessOrEqual(t, best.P95, 0.10, "95th percentile of the error")
				}
				for _, h := range HintSets()[1:4] {
					r, err = Compare(l, l.trace(), s, h)
					require.NoError(t, err)
					less := r.Of(attribution.Fitted)
					require.GreaterOrEqual(t, less.Inside, 0.95, "truth in the interval, told %s", h.Name)
					if l.Models && s.StepNS > 0 && r.Fit.Usable {
						most := 0.03
						if !h.Chunks {
							most = 0.04 // the pace is guessed
						}
						require.LessOrEqual(t, less.Median, most, "median error, told %s", h.Name)
						require.LessOrEqual(t, less.P95, 0.10, "95th percentile, told %s", h.Name)
					}
				}
				for _, m := range Today() {
					if m != WholeRun && m != PerToken && l.width > 1 {
						require.Greater(t, r.Of(m).Median, 1.0, "%s counts every request's neighbours", m)
					}
				}
			})
		}
	}
}

// Short runs have the truth in the interval too, whatever the sensor and whatever
// is told, also where they teach too little to be held to a bound of the error.
func TestBoundsOfShortRuns(t *testing.T) {
	for _, short := range Shorts() {
		for _, s := range append(Sensors(), ShortSensors()...) {
			for _, h := range HintSets()[:4] {
				e, err := Pooled(attribution.Fitted, short.Loads, s, h)
				require.NoError(t, err)
				require.GreaterOrEqual(t, e.Inside, 0.95, "%s, %s, told %s", short.Name, s.Name, h.Name)
			}
		}
	}
}

func ExampleTables() {
	_, rows, err := Tables()
	if err != nil {
		panic(err)
	}
	best := rows[3].Of(attribution.Fitted)
	fmt.Println(rows[3].Load, best.Median < 0.03, best.P95 < 0.10)
	// Output: 64 in flight, mixed lengths true true
}
