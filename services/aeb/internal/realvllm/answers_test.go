//go:build realvllm

package realvllm

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// exactly are the overrides that ask an API for exact lengths: each prompt's own, or,
// of the responses API, which has no least number of tokens, the same for all.
func exactly(api string, tokens int64) []string {
	if api == "responses" {
		return []string{"backend.api=responses", fmt.Sprint("scenario.generate_kwargs.max_new_tokens=", tokens), "scenario.generate_kwargs.min_new_tokens=null"}
	}
	return []string{"backend.api=" + strings.TrimSuffix(api, "/completions"), "scenario.output_tokens_column=tokens"}
}

// apis are the paths that requests go to.
var apis = []string{"chat/completions", "completions", "responses"}

// TestAnswers: every request of each API has the length asked for, the prompt's
// tokens as the server counts them, times that agree with each other and with the
// server's, and the server's own counters moved by the sums.
func TestAnswers(t *testing.T) {
	b := open(t)
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			prompts := questions(24, 24)
			for i := range prompts {
				if api != "responses" {
					prompts[i].Tokens = int64(i + 1)
				}
			}
			was := map[string]float64{}
			for _, name := range []string{prompted, generated, succeeded} {
				was[name] = b.reads(t, name)
			}
			r := b.completes(t, prompts, append(exactly(api, 24), "scenario.reasoning=false", "scenario.reasoning_format=qwen", "load.concurrency=4")...)
			require.Len(t, r.requests, len(prompts))
			for i, f := range r.requests {
				require.Equal(t, api, f.API)
				exact(t, f, prompts[i].Tokens)
				require.Equal(t, b.counts(t, api, prompts[i].Text, off), *f.Tokens.Input)
				timed(t, f, r.rows[i])
			}
			require.Equal(t, r.tokens(input), b.reads(t, prompted)-was[prompted])
			require.Equal(t, r.tokens(output), b.reads(t, generated)-was[generated])
			require.Equal(t, 24.0, b.reads(t, succeeded)-was[succeeded])
		})
	}
}

// off is what the template is told by scenario.reasoning=false.
var off = map[string]any{"chat_template_kwargs": map[string]any{"enable_thinking": false}}

func exact(t *testing.T, f *event.RequestFinished, tokens int64) {
	t.Helper()
	require.Equal(t, event.StatusOK, f.Status, f.Error)
	require.Equal(t, "length", f.FinishReason)
	require.Equal(t, event.TokensFromUsage, f.Tokens.Source)
	require.Equal(t, tokens, *f.Tokens.Output)
	require.Empty(t, f.Flags)
}

// arrived holds a request's chunks: their gaps add up to the last token, and no chunk
// is without one.
func arrived(t *testing.T, f *event.RequestFinished) {
	t.Helper()
	var last int64
	for _, gap := range f.ChunkGapsNS {
		last += gap
	}
	require.Equal(t, *f.LastTokenAfterNS, last)
	require.LessOrEqual(t, int64(len(f.ChunkGapsNS)), *f.Tokens.Output)
}

// timed holds an answer's times: the CSV says what the event says, and the server's
// are within ours.
func timed(t *testing.T, f *event.RequestFinished, row map[string]string) {
	t.Helper()
	arrived(t, f)
	require.Equal(t, f.RequestID, row["request_id"])
	require.InDelta(t, seconds(*f.FirstTokenAfterNS), number(t, row["ttft_s"]), 1e-9)
	require.InDelta(t, seconds(*f.LastTokenAfterNS), number(t, row["e2e_s"]), 1e-9)
	if n := *f.Tokens.Output; n > 1 {
		require.InDelta(t, seconds(*f.LastTokenAfterNS-*f.FirstTokenAfterNS)/float64(n-1), number(t, row["tpot_s"]), 1e-9)
	}
	if n := len(f.ChunkGapsNS); n > 1 {
		require.InDelta(t, seconds(*f.LastTokenAfterNS-*f.FirstTokenAfterNS)/float64(n-1), number(t, row["itl_mean_s"]), 1e-9)
	}
	require.Equal(t, strconv.FormatInt(*f.Tokens.Input, 10), row["input_tokens"])
	require.Equal(t, strconv.FormatInt(*f.Tokens.Output, 10), row["output_tokens"])
	require.Equal(t, "0", row["cached_tokens"])

	require.NotNil(t, f.Server, "--enable-per-request-metrics")
	require.Less(t, *f.Server.QueueNS+*f.Server.FirstTokenNS, *f.FirstTokenAfterNS)
	require.Less(t, *f.Server.FirstTokenNS+*f.Server.GenerationNS, f.EndAfterNS)
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}

// block is the tokens of a block of the cache on a CPU.
const block = 128

// TestPrefixCache: a prompt that was read before is found in the cache, by whole
// blocks.
func TestPrefixCache(t *testing.T) {
	b := open(t)
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			unread := fmt.Sprint(api, time.Now().UnixNano())
			long := prompt{Text: strings.Repeat("the "+unread+" of a long prompt, ", 30), Tokens: 4}
			r := b.completes(t, []prompt{long, long, long}, append(exactly(api, 4), "load.concurrency=1")...)
			require.Equal(t, "0", r.rows[0]["cached_tokens"])
			for i, f := range r.requests[1:] {
				require.Less(t, *f.Tokens.Input-block, *f.Tokens.Cached+1)
				require.Less(t, *f.Tokens.Cached, *f.Tokens.Input)
				require.Zero(t, *f.Tokens.Cached%block)
				require.Equal(t, strconv.FormatInt(*f.Tokens.Cached, 10), r.rows[i+1]["cached_tokens"])
			}
		})
	}
}
