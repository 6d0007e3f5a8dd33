package aeb_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// stored opens the streams of a data folder, as commands that only read do.
func stored(t *testing.T, data string) *aeb.Pipeline {
	t.Helper()
	p, err := aeb.OpenStored(t.Context(), aeb.Options{Data: data})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close(context.WithoutCancel(t.Context()))) })
	return p
}

// TestRunMovesToAnotherMachine: what was exported there and imported here replays
// to the same bytes, and importing again changes nothing.
func TestRunMovesToAnotherMachine(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	live := b.run(t, "scenario.num_samples=30")
	want, err := os.ReadFile(filepath.Join(live.Output, "requests.csv"))
	require.NoError(t, err)
	file := filepath.Join(b.dir, "run.jsonl.gz")
	exported, err := b.Export(t.Context(), live.Run, file)
	require.NoError(t, err)
	require.Zero(t, exported.Unreadable)

	there := stored(t, filepath.Join(b.dir, "elsewhere"))
	imported, err := there.Import(t.Context(), file)
	require.NoError(t, err)
	require.Equal(t, exported.Events, imported.Stored)
	again, err := there.Import(t.Context(), file)
	require.NoError(t, err)
	require.Zero(t, again.Stored, "what is here is left alone")

	id, err := there.Find(t.Context(), "last")
	require.NoError(t, err)
	summary, err := there.Summary(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, live.Summary, summary)
	_, dir, err := there.Replay(t.Context(), id, aeb.Replay{Dir: filepath.Join(b.dir, "replayed")})
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(dir, "requests.csv"))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))

	// Exported from there, it is the same file, but for the state's folder.
	back := filepath.Join(b.dir, "back.jsonl")
	second, err := there.Export(t.Context(), id, back)
	require.NoError(t, err)
	require.Equal(t, exported.Events, second.Events)
	known, err := b.Import(t.Context(), back)
	require.NoError(t, err)
	require.Zero(t, known.Stored)
}

func TestBrokenImportStoresNothing(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	live := b.run(t, "scenario.num_samples=4", "load.warmup=0")
	file := filepath.Join(b.dir, "run.jsonl")
	_, err := b.Export(t.Context(), live.Run, file)
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text[:len(text)/2], 0o600))

	there := stored(t, filepath.Join(b.dir, "elsewhere"))
	_, err = there.Import(t.Context(), file)
	require.ErrorContains(t, err, "run.jsonl:")
	require.Equal(t, service.ExitUsage, aeb.ExitCode(err))
	states, err := there.Runs(t.Context())
	require.NoError(t, err)
	require.Empty(t, states)
	_, err = there.Import(t.Context(), filepath.Join(b.dir, "nowhere.jsonl"))
	require.Equal(t, service.ExitUsage, aeb.ExitCode(err))
}

func TestRerunSendsTheSamePrompts(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	first := b.run(t, "scenario.num_samples=20", "load.type=poisson", "load.rate_per_s=40", "scenario.shuffle=true")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := b.RerunConfig(ctx, first.Run, config.Loader{}, "name=again", "load.concurrency=3")
	require.NoError(t, err)
	require.Equal(t, config.LoadPoisson, c.Load.Type)
	second, err := b.Rerun(ctx, first.Run, c, nil)
	require.NoError(t, err)
	require.Equal(t, "again", second.Summary.Name)
	states, err := b.Runs(ctx)
	require.NoError(t, err)
	require.Equal(t, first.Run, states[1].RerunOf)
	// Input lengths say that the prompts are the same ones in the same order, and
	// scheduled times that they arrived the same way.
	was := csvtest.Rows(t, filepath.Join(first.Output, "requests.csv"))
	now := csvtest.Rows(t, filepath.Join(second.Output, "requests.csv"))
	require.Len(t, now, len(was))
	offset := func(rows []map[string]string, i int) int64 { return nanoseconds(t, rows[i]) - nanoseconds(t, rows[0]) }
	for i := range was {
		require.Equal(t, was[i]["input_tokens"], now[i]["input_tokens"])
		require.Equal(t, offset(was, i), offset(now, i))
	}

	for _, override := range []string{"scenario.dataset_name=other.jsonl", "load.rate_per_s=3", "scenario.generate_kwargs.max_new_tokens=70"} {
		_, err = b.RerunConfig(ctx, first.Run, config.Loader{}, override)
		require.ErrorContains(t, err, "cannot change", override)
		require.Equal(t, service.ExitUsage, aeb.ExitCode(err))
	}
	for _, timeless := range []string{"load.type=closed", "load.type=asap"} {
		_, err = b.RerunConfig(ctx, first.Run, config.Loader{}, timeless)
		require.NoError(t, err)
	}
}

func TestDeadLettersOfARun(t *testing.T) {
	t.Parallel()
	b := open(t, aeb.Options{ClickHouse: "off"})
	live := b.run(t, "scenario.num_samples=4", "load.warmup=0")
	// Any message can be put on a subject; this one is no event.
	ended, err := b.Retry(t.Context(), aeb.DeadLetter{
		Position: 1, Run: live.Run, Stream: "test", Seq: 1, Data: []byte("garbage"),
		Subject: "aeb.v1.run." + string(live.Run) + ".power.gpu",
	})
	require.NoError(t, err)
	require.True(t, ended)
	_, _, err = b.Replay(t.Context(), live.Run, aeb.Replay{Dir: filepath.Join(b.dir, "replayed")})
	require.NoError(t, err)
	letters, err := b.DeadLetters(t.Context(), live.Run)
	require.NoError(t, err)
	require.Len(t, letters, 1)
	require.Equal(t, "garbage", string(letters[0].Data))

	file := filepath.Join(b.dir, "run.jsonl")
	exported, err := b.Export(t.Context(), live.Run, file)
	require.NoError(t, err)
	require.EqualValues(t, 1, exported.Unreadable, "a file says what is not in it")

	at, err := b.DeadLettersAt(t.Context(), letters[0].Position)
	require.NoError(t, err)
	require.Equal(t, letters, at)
	_, err = b.DeadLettersAt(t.Context(), 4711)
	require.ErrorIs(t, err, aeb.ErrNoLetter)
	require.NoError(t, b.Drop(t.Context(), letters...))
	letters, err = b.DeadLetters(t.Context(), "")
	require.NoError(t, err)
	require.Empty(t, letters)
}

func nanoseconds(t *testing.T, row map[string]string) int64 {
	t.Helper()
	ns, err := strconv.ParseInt(row["scheduled_ns"], 10, 64)
	require.NoError(t, err)
	return ns
}
