package aeb_test

import (
	"context"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

func TestMain(m *testing.M) {
	clickhouse.RunChildIfAsked()
	playTransformers()
	m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
}

// bench is a pipeline with a simulator of its own, all on loopback and in
// temporary folders.
type bench struct {
	*aeb.Pipeline
	options aeb.Options
	dir     string
	sim     *simulate.Server
}

func open(t *testing.T, o aeb.Options) *bench {
	t.Helper()
	return openWith(t, o, simulate.DefaultConfig())
}

func openWith(t *testing.T, o aeb.Options, simulated simulate.Config) *bench {
	t.Helper()
	sim, err := simulate.Serve(context.WithoutCancel(t.Context()), "127.0.0.1:0", simulated)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	return openOn(t, o, sim)
}

// openOn is openWith for a simulator at hand.
func openOn(t *testing.T, o aeb.Options, sim *simulate.Server) *bench {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	dir := t.TempDir()
	o.Data, o.Simulator = filepath.Join(dir, "data"), sim.URL()
	p, err := aeb.Open(ctx, o)
	require.NoError(t, err)
	b := &bench{Pipeline: p, options: o, dir: dir, sim: sim}
	t.Cleanup(func() {
		if b.Pipeline != nil {
			require.NoError(t, b.Close(ctx))
		}
	})
	return b
}

// config is a short run against the bench's simulator, writing into its folder.
func (b *bench) config(t *testing.T, overrides ...string) config.Run {
	t.Helper()
	c, err := config.LoadRun("../../configs/demo.yaml", append(append(b.overrides(), "scenario.num_samples=60"), overrides...)...)
	require.NoError(t, err)
	return c
}

// overrides point a run at the bench's simulator and folder, and make it short.
func (b *bench) overrides() []string {
	return []string{
		"backend.endpoint=" + b.sim.URL(),
		"output_dir=" + filepath.Join(b.dir, "out"),
		"metrics.output_dir=" + filepath.Join(b.dir, "emissions"),
		"reporter.output_file=" + filepath.Join(b.dir, "results.csv"),
		"metrics.baseline_s=0.3", "metrics.cooldown_s=0.2",
	}
}

func (b *bench) run(t *testing.T, overrides ...string) aeb.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	result, err := b.Run(ctx, b.config(t, overrides...), nil)
	require.NoError(t, err)
	return result
}

func TestRunAddsUpToTheMeter(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	result := b.run(t)
	s := result.Summary
	require.Equal(t, event.RunCompleted, s.Status)
	require.True(t, s.Completeness.Complete)
	require.True(t, s.Simulated, "a run on simulated devices says so")
	require.EqualValues(t, 60, s.Requests.OK)
	require.EqualValues(t, 60, s.Requests.Total)
	require.Positive(t, *s.Tokens.Output)

	require.Len(t, s.Methods, 3)
	sums := map[string]float64{}
	counts := map[string]int{}
	for _, row := range csvtest.Rows(t, filepath.Join(result.Output, "requests.csv")) {
		joules, err := strconv.ParseFloat(row["energy_j"], 64)
		require.NoError(t, err, "request %s has no energy", row["request_id"])
		sums[row["method"]] += joules
		counts[row["method"]]++
	}
	for _, m := range s.Methods {
		require.LessOrEqual(t, math.Abs(m.ResidualRel), 1e-9, m.Method)
		require.InEpsilon(t, m.MeasuredJ, m.RequestsJ+m.IdleJ+m.UnattributedJ+m.GapJ, 1e-9, m.Method)
		require.InEpsilon(t, m.RequestsJ, sums[m.Method], 1e-9, "the CSV adds up to the account of %s", m.Method)
		require.Equal(t, 60, counts[m.Method])
	}
	require.NotNil(t, s.Truth)
	require.InDelta(t, 0, s.Truth.TotalErrorRel, 0.02)
	require.LessOrEqual(t, s.Truth.IntervalJ.Low, s.Truth.TrueJ)
	require.GreaterOrEqual(t, s.Truth.IntervalJ.High, s.Truth.TrueJ)
}

func TestReplayIsExact(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	live := b.run(t)
	want, err := os.ReadFile(filepath.Join(live.Output, "requests.csv"))
	require.NoError(t, err)
	// Another process, as far as the stream can tell.
	require.NoError(t, b.Close(t.Context()))
	b.Pipeline = nil
	stored, err := aeb.OpenStored(t.Context(), b.options)
	require.NoError(t, err)
	defer func() { require.NoError(t, stored.Close(context.WithoutCancel(t.Context()))) }()
	id, err := stored.Find(t.Context(), "last")
	require.NoError(t, err)
	require.Equal(t, live.Run, id)
	summary, dir, err := stored.Replay(t.Context(), id, aeb.Replay{})
	require.NoError(t, err)
	require.Equal(t, live.Summary.Energy, summary.Energy)
	got, err := os.ReadFile(filepath.Join(dir, "requests.csv"))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// closedPort is an address that refuses connections.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func TestBadInputIsNamed(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	empty := filepath.Join(b.dir, "empty.jsonl")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	other := filepath.Join(b.dir, "other.jsonl")
	require.NoError(t, os.WriteFile(other, []byte(`{"question":"why?"}`), 0o600))
	file := filepath.Join(b.dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	for _, c := range []struct {
		name      string
		overrides []string
		class     string
		code      int
		says      string
	}{
		{"server that is not there", []string{"backend.endpoint=http://" + closedPort(t), "backend.ready_timeout_s=1"}, "server_unreachable", service.ExitDependency, "refused"},
		{"model that is not served", []string{"backend.model=other", "backend.ready_timeout_s=1"}, "model_not_served", service.ExitDependency, "other"},
		{"column that does not exist", []string{"scenario.dataset_name=" + other, "scenario.text_column_name=text"}, "dataset_column", service.ExitUsage, "question"},
		{"empty dataset", []string{"scenario.dataset_name=" + empty}, "dataset_empty", service.ExitUsage, "empty"},
		{"dataset that is not there", []string{"scenario.dataset_name=./nowhere.jsonl"}, "dataset_not_found", service.ExitUsage, "nowhere.jsonl"},
		{"folder that cannot be made", []string{"output_dir=" + filepath.Join(file, "out")}, "output", service.ExitUsage, file},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			result, err := b.Run(ctx, b.config(t, c.overrides...), nil)
			var failed *aeb.RunError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, c.class, failed.Class, failed.Reason)
			require.Equal(t, c.code, failed.ExitCode())
			require.Contains(t, failed.Reason, c.says)
			require.Empty(t, result.Output, "nothing is written")
		})
	}
}
