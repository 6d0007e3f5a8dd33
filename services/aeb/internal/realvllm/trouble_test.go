//go:build realvllm

package realvllm

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

// TestCancelledRequests: those that the load breaks off are recorded with what had
// come, and the server stops working on them.
func TestCancelledRequests(t *testing.T) {
	b := open(t)
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			const all, tokens = 12, 200
			spent, done := b.reads(t, generated), b.reads(t, succeeded)
			asked := append(exactly(api, tokens), fmt.Sprint("load.concurrency=", few), "load.cancel_share=0.5", "load.cancel_after_tokens=3")
			if api != "responses" {
				asked = append(asked, "scenario.generate_kwargs.extra_body={stream_options: {continuous_usage_stats: true}}")
			}
			r := b.completes(t, questions(all, tokens), asked...)
			ok, cancelled := r.with(event.StatusOK, ""), r.with(event.StatusCancelled, "cancelled_by_plan")
			require.Equal(t, all, ok+cancelled)
			require.Positive(t, ok)
			require.Positive(t, cancelled)
			for _, f := range r.requests {
				if f.Status == event.StatusOK {
					exact(t, f, tokens)
					continue
				}
				require.Len(t, f.ChunkGapsNS, 3)
				if api != "responses" {
					require.GreaterOrEqual(t, *f.Tokens.Output, int64(3), "what had come by then was counted")
				}
			}
			b.idle(t)
			// A hang-up is seen late when the machine is busy, so that some may get to their end.
			require.Less(t, b.reads(t, succeeded)-done, float64(all))
			require.Less(t, b.reads(t, generated)-spent, float64(all*tokens))
		})
	}
}

// endless is more tokens than the server writes while a test looks on.
const endless = 3000

// TestInterruptedRun: the first Ctrl-C breaks off what is under way, at the server
// too, and reports the rest.
func TestInterruptedRun(t *testing.T) {
	b := open(t)
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			ended := b.start(ctx, t, questions(12, endless), append(exactly(api, endless), fmt.Sprint("load.concurrency=", few))...)
			b.becomes(t, running, func(n float64) bool { return n == few })
			interrupt()
			r, err := ended()
			require.Equal(t, "cancelled", classOf(t, err))
			require.Equal(t, event.RunWasStopped, r.Summary.Status)
			require.Equal(t, few, r.with(event.StatusCancelled, "cancelled"))
			require.Len(t, r.rows, few)
			b.idle(t)
		})
	}
}

func classOf(t *testing.T, err error) string {
	t.Helper()
	var failed *aeb.RunError
	require.ErrorAs(t, err, &failed)
	return failed.Class
}

// TestTooLong: a prompt or an answer that does not fit is a class of its own, and the
// run goes on.
func TestTooLong(t *testing.T) {
	b := open(t)
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			prompts := questions(6, 8)
			prompts[2].Text = strings.Repeat("word ", 6000)
			if api != "responses" {
				prompts[4].Tokens = 5000
			}
			r := b.completes(t, prompts, append(exactly(api, 8), "load.fail_fast=2", "load.concurrency=1")...)
			for i, f := range r.requests {
				if i != 2 && prompts[i].Tokens == 8 {
					exact(t, f, 8)
					continue
				}
				require.Equal(t, event.StatusFailed, f.Status)
				require.Equal(t, "context_length", f.ErrorClass, f.Error)
				require.Equal(t, "context_length", r.rows[i]["error_class"])
				require.Equal(t, 400, f.HTTPStatus)
				require.Contains(t, f.Error, "4096", "in the server's words")
			}
		})
	}
}

// TestTruncation: where the server can be told, a prompt has exactly the tokens that
// are left of it.
func TestTruncation(t *testing.T) {
	b := open(t)
	long := []prompt{{Text: strings.Repeat("a heat pump warms the house, ", 400), Tokens: 8}}
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			r := b.completes(t, long, append(exactly(api, 8), "scenario.max_input_tokens=16")...)
			exact(t, r.requests[0], 8)
			if api == "responses" {
				require.Equal(t, b.counts(t, api, long[0].Text[:16*4], nil), *r.requests[0].Tokens.Input, "by characters")
			} else {
				require.Equal(t, int64(16), *r.requests[0].Tokens.Input)
			}
		})
	}
}

// TestSeveralAnswers: more than one answer to a request is refused before anything is
// sent.
func TestSeveralAnswers(t *testing.T) {
	b := open(t)
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			asked := b.reads(t, "http_requests_total")
			r, err := b.run(t, questions(6, 8), append(exactly(api, 8), "load.concurrency=1", "scenario.generate_kwargs.extra_body={n: 2}")...)
			require.Equal(t, "config", classOf(t, err))
			require.ErrorContains(t, err, "extra_body.n: 2 answers to one request cannot be told apart")
			require.Empty(t, r.Output)
			require.InDelta(t, asked, b.reads(t, "http_requests_total"), 0, "not even for the list of models")
		})
	}
}

func TestWrongKey(t *testing.T) {
	b := openWith(t, "wrong")
	r, err := b.run(t, questions(3, 8))
	require.Equal(t, "server_unreachable", classOf(t, err))
	require.ErrorContains(t, err, "unauthorized")
	require.Empty(t, r.Output)
}

// burst is more than the server takes, all at once.
const burst = 32

func allAtOnce(api string, more ...string) []string {
	return append(exactly(api, 256), append(more, "load.type=asap", fmt.Sprint("load.concurrency=", burst), "load.fail_fast=0")...)
}

// TestFullQueue: what the server refuses is overload, whether it does so with a status
// or, as it looks at its queue twice, after the answer has begun. Of a response that has
// begun it tells nothing and hangs up.
func TestFullQueue(t *testing.T) {
	b := open(t)
	for _, api := range apis {
		t.Run(api, func(t *testing.T) {
			refused := b.reads(t, rejections)
			r := b.completes(t, questions(burst, 256), allAtOnce(api)...)
			ok, overload := r.with(event.StatusOK, ""), r.with(event.StatusFailed, "overload")
			if api == "responses" {
				overload += r.with(event.StatusFailed, "broken_stream")
			}
			require.Equal(t, burst, ok+overload)
			require.GreaterOrEqual(t, ok, atOnce)
			require.Positive(t, overload)
			require.InDelta(t, overload, b.reads(t, rejections)-refused, 0)
		})
	}
}

// TestRefusedRequestsAreSentAgain, each attempt with a record of its own, if the load
// wants it.
func TestRefusedRequestsAreSentAgain(t *testing.T) {
	b := open(t)
	r := b.completes(t, questions(burst, 256), allAtOnce("completions", "load.retries={max: 10, delay_s: 1, classes: [overload]}")...)
	require.EqualValues(t, burst, r.Summary.Requests.OK)
	require.Equal(t, len(r.requests), burst+r.with(event.StatusFailed, "overload"))
	require.Greater(t, len(r.requests), burst)
}

// TestServerSampled: the server's own metrics are on the record under the names of
// this version, and add up to what the requests say.
func TestServerSampled(t *testing.T) {
	b := open(t)
	spent, read := b.reads(t, generated), b.reads(t, prompted)
	r := b.completes(t, questions(atOnce, 1500), exactly("completions", 1500)...)
	require.Greater(t, len(r.servers), 2)
	most, fullest := 0.0, 0.0
	for _, s := range r.servers {
		require.NotNil(t, s.RequestsWaiting)
		require.NotNil(t, s.RequestSuccessTotal)
		require.NotNil(t, s.PreemptionsTotal)
		most, fullest = max(most, *s.RequestsRunning), max(fullest, *s.KVCacheUsageRatio)
	}
	require.InDelta(t, atOnce, most, 0)
	require.Positive(t, fullest)
	// The server counts a step after it has told its tokens: the reading after the load
	// may know nothing of the last one yet.
	last := r.servers[len(r.servers)-1]
	require.InDelta(t, r.tokens(output), *last.GenerationTokensTotal-spent, atOnce)
	require.InDelta(t, r.tokens(input), *last.PromptTokensTotal-read, 0)
}

// TestAbortedAnswers: an answer that the server gives up is a failure in the stream.
// The request's id is the one that the driver sent.
func TestAbortedAnswers(t *testing.T) {
	b := open(t)
	for api, named := range map[string]string{"chat/completions": "chatcmpl-%s", "completions": "cmpl-%s-0"} {
		t.Run(api, func(t *testing.T) {
			ended := b.start(t.Context(), t, questions(few, endless), append(exactly(api, endless), "load.fail_fast=0")...)
			b.becomes(t, running, func(n float64) bool { return n == few })
			runs, err := b.pipeline.Last(t.Context(), 1)
			require.NoError(t, err)
			var ids []string
			for i := range few {
				ids = append(ids, fmt.Sprintf(named, fmt.Sprintf("%s.r%07d.1", runs[0], i)))
			}
			b.abort(t, ids)
			r, err := ended()
			require.NoError(t, err)
			require.Equal(t, few, r.with(event.StatusFailed, "error_in_stream"))
			for _, f := range r.requests {
				require.Equal(t, "abort", f.FinishReason)
			}
		})
	}
}

// TestServerCrashes comes last, as nothing is there after it: answers that were under
// way are broken, what had come of them is kept, and the run ends.
func TestServerCrashes(t *testing.T) {
	b := open(t)
	ended := b.start(t.Context(), t, questions(12, endless), append(exactly("completions", endless), fmt.Sprint("load.concurrency=", few),
		"scenario.generate_kwargs.extra_body={stream_options: {continuous_usage_stats: true}}")...)
	b.becomes(t, running, func(n float64) bool { return n == few })
	before := b.reads(t, generated)
	b.becomes(t, generated, func(n float64) bool { return n > before+few*10 })
	b.crash(t)
	r, err := ended()
	require.Equal(t, "consecutive_failures", classOf(t, err))
	require.Equal(t, event.RunHasFailed, r.Summary.Status)
	for _, f := range r.requests[:few] {
		require.Equal(t, "broken_stream", f.ErrorClass, f.Error)
		require.Greater(t, *f.Tokens.Output, int64(few))
		arrived(t, f)
	}
	for _, f := range r.requests[few:] {
		require.Contains(t, []string{"connect", "broken_stream", "cancelled"}, f.ErrorClass, "sent to a server that was gone or going")
		require.Nil(t, f.FirstTokenAfterNS)
	}
}
