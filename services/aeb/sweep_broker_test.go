package aeb_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

// TestSweepThroughAnOutsideBroker: `aeb run --multirun --nats` as a client of a
// deployment, whose services make the runs. The tables know the sweep, so that its
// points can be set against what was swept.
func TestSweepThroughAnOutsideBroker(t *testing.T) {
	d := deploy(t)
	d.reporter(t)
	d.sampler(t, "gpu-a", d.sim)
	d.driver(t, "client-a")
	d.loader(t, false)
	d.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	all := d.sweep(t, "../../configs/demo.yaml", append([]string{"load.concurrency=2,6", "scenario.seed=range(1,3)"}, short...)...)
	require.Len(t, all, 4)
	sweep, err := d.Sweep(ctx, all, aeb.SweepOptions{})
	require.NoError(t, err)
	require.Len(t, sweep.Results, 4)

	ids, err := d.InSweep(ctx, string(sweep.ID))
	require.NoError(t, err)
	var want []string
	for i, r := range sweep.Results {
		require.Equal(t, r.Run, ids[i])
		require.EqualValues(t, 20, r.Summary.Requests.OK)
		require.Equal(t, all[i].Label, sweep.Comparison.Runs[i].Label)
		want = append(want, fmt.Sprintf("%d\t%d\t%d\t20\t1", i, 2+4*(i/2), 1+i%2))
	}
	got, err := d.tables.Exec(ctx, `SELECT sweep_index, swept['load.concurrency'], swept['scenario.seed'], s.requests_ok, s.j_per_output_token > 0
FROM aeb.run_summary AS s FINAL JOIN (SELECT * FROM aeb.runs FINAL) AS r ON r.run_id = s.run_id
WHERE sweep_id = '`+string(sweep.ID)+`' ORDER BY sweep_index`)
	require.NoError(t, err)
	require.Equal(t, want, strings.Split(strings.TrimSpace(got), "\n"))

	// The question that the reporter's README shows.
	readme, err := os.ReadFile("../reporter/README.md")
	require.NoError(t, err)
	_, query, ok := strings.Cut(string(readme), "Its points against a key:\n\n")
	require.True(t, ok)
	query, _, _ = strings.Cut(query, "\n\n")
	got, err = d.tables.Exec(ctx, query)
	require.NoError(t, err)
	points := strings.Split(strings.TrimSpace(got), "\n")
	require.Len(t, points, 4)
	require.Regexp(t, `^2\t[\d.]+\t[\d.]+\t[\d.]+$`, points[0])
}
