//go:build realvllm

package realvllm

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/archive"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// bench is a pipeline whose server is vLLM.
type bench struct {
	server
	pipeline *aeb.Pipeline
	dir      string
}

func open(t *testing.T) *bench {
	t.Helper()
	return openWith(t, config.Secret(os.Getenv("VLLM_API_KEY")))
}

func openWith(t *testing.T, key config.Secret) *bench {
	t.Helper()
	b := &bench{server: connect(t), dir: t.TempDir()}
	b.idle(t)
	ctx := context.WithoutCancel(t.Context())
	p, err := aeb.Open(ctx, aeb.Options{Data: filepath.Join(b.dir, "data"), ClickHouse: "off", APIKey: key})
	require.NoError(t, err)
	b.pipeline = p
	t.Cleanup(func() { require.NoError(t, p.Close(ctx)) })
	return b
}

// prompt is a line of a dataset: a text or a conversation, and how many tokens to
// answer with, 0 to leave that to the config.
type prompt struct {
	Text   string `json:"text"`
	Turns  []turn `json:"turns,omitempty"`
	Tokens int64  `json:"tokens,omitempty"`
}

type turn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// questions are n different prompts, each to be answered with so many tokens.
func questions(n int, tokens int64) []prompt {
	out := make([]prompt, n)
	for i := range out {
		out[i].Tokens = tokens
		out[i].Text = fmt.Sprintf("Question %d: why is the sky blue%s", i, strings.Repeat("?", i%7+1))
	}
	return out
}

// record is what a run left behind.
type record struct {
	aeb.Result
	// requests are the attempts by index, rows theirs in requests.csv.
	requests []*event.RequestFinished
	rows     []map[string]string
	servers  []*event.ServerSampled
}

// tokens adds up a count over the requests.
func (r record) tokens(of func(event.Tokens) *int64) float64 {
	var sum int64
	for _, f := range r.requests {
		if n := of(f.Tokens); n != nil {
			sum += *n
		}
	}
	return float64(sum)
}

func input(t event.Tokens) *int64  { return t.Input }
func output(t event.Tokens) *int64 { return t.Output }

// with counts the requests that ended so.
func (r record) with(status event.Status, class string) int {
	n := 0
	for _, f := range r.requests {
		if f.Status == status && f.ErrorClass == class {
			n++
		}
	}
	return n
}

// start begins a run of the prompts through the config that users start with. What it
// returns waits for the run's end and reads what there is of it.
func (b *bench) start(ctx context.Context, t *testing.T, prompts []prompt, overrides ...string) func() (record, error) {
	t.Helper()
	c := b.config(t, prompts, overrides...)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	var result aeb.Result
	ended := make(chan error, 1)
	go func() {
		var err error
		result, err = b.pipeline.Run(ctx, c, nil)
		ended <- err
	}()
	return func() (record, error) {
		t.Helper()
		defer cancel()
		err := <-ended
		return b.read(t, result), err
	}
}

func (b *bench) run(t *testing.T, prompts []prompt, overrides ...string) (record, error) {
	t.Helper()
	return b.start(t.Context(), t, prompts, overrides...)()
}

// read takes in the files and the events of a run, if it got that far.
func (b *bench) read(t *testing.T, result aeb.Result) record {
	t.Helper()
	r := record{Result: result}
	if result.Output == "" {
		return r
	}
	r.rows = csvtest.Rows(t, filepath.Join(result.Output, "requests.csv"))
	path := filepath.Join(b.dir, string(result.Run)+".jsonl")
	_, err := b.pipeline.Export(context.WithoutCancel(t.Context()), result.Run, path)
	require.NoError(t, err)
	for stored, err := range archive.Records(path) {
		require.NoError(t, err)
		switch data := stored.Event.Data.(type) {
		case *event.RequestFinished:
			r.requests = append(r.requests, data)
		case *event.ServerSampled:
			r.servers = append(r.servers, data)
		}
	}
	slices.SortFunc(r.requests, func(a, b *event.RequestFinished) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Turn, b.Turn), cmp.Compare(a.Attempt, b.Attempt))
	})
	require.Len(t, r.rows, len(r.requests))
	return r
}

// completes is run for one that has to end well.
func (b *bench) completes(t *testing.T, prompts []prompt, overrides ...string) record {
	t.Helper()
	r, err := b.run(t, prompts, overrides...)
	require.NoError(t, err)
	require.Equal(t, event.RunCompleted, r.Summary.Status)
	return r
}

func (b *bench) config(t *testing.T, prompts []prompt, overrides ...string) config.Run {
	t.Helper()
	dataset := filepath.Join(t.TempDir(), "prompts.jsonl")
	var lines strings.Builder
	for _, p := range prompts {
		line, err := json.Marshal(p)
		require.NoError(t, err)
		lines.Write(append(line, '\n'))
	}
	require.NoError(t, os.WriteFile(dataset, []byte(lines.String()), 0o600))
	c, err := config.LoadRun("../../../../configs/real_vllm_chat.yaml", append([]string{
		"scenario.dataset_name=" + dataset, fmt.Sprint("scenario.num_samples=", len(prompts)), "load.warmup=0",
		"output_dir=" + filepath.Join(b.dir, "out"), "metrics.output_dir=" + filepath.Join(b.dir, "emissions"),
		"reporter.output_file=" + filepath.Join(b.dir, "results.csv"),
		"metrics.baseline_s=0.1", "metrics.cooldown_s=0.1", "metrics.methods=[equal-share/v1]",
	}, overrides...)...)
	require.NoError(t, err)
	return c
}
