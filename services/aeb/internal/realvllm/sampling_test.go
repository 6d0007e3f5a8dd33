//go:build realvllm

package realvllm

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// unbound are the overrides of a request that may end by itself.
func unbound(more ...string) []string {
	const kwargs = "scenario.generate_kwargs."
	return append([]string{
		"scenario.reasoning=false", "scenario.reasoning_format=qwen",
		kwargs + "min_new_tokens=null", kwargs + "ignore_eos=null", kwargs + "max_new_tokens=200",
	}, more...)
}

// TestStopAndSeed: answers end at the first q or z, some fifty random tokens away, which
// is another one for each seed and the same one for the same.
func TestStopAndSeed(t *testing.T) {
	b := open(t)
	for _, api := range []string{"chat", "completions", "responses"} {
		t.Run(api, func(t *testing.T) {
			lengths := func(seed int) []int64 {
				r := b.completes(t, questions(3, 0), unbound("backend.api="+api, "load.concurrency=1", "scenario.generate_kwargs.temperature=1",
					"scenario.generate_kwargs.stop=[q, z]", fmt.Sprint("scenario.generate_kwargs.seed=", seed))...)
				var out []int64
				for _, f := range r.requests {
					require.Equal(t, event.StatusOK, f.Status, f.Error)
					require.Equal(t, "stop", f.FinishReason)
					out = append(out, *f.Tokens.Output)
				}
				return out
			}
			once := lengths(3)
			require.Equal(t, once, lengths(3))
			require.NotEqual(t, once, lengths(4))
		})
	}
}

// TestLeastTokens: a model that wants to end at once does, without a word, unless it
// is told to go on.
func TestLeastTokens(t *testing.T) {
	b := open(t)
	wantsToEnd := fmt.Sprintf("scenario.generate_kwargs.extra_body={logit_bias: {'%s': 100}}", b.token(t, "</s>"))
	for _, api := range []string{"chat", "completions"} {
		t.Run(api, func(t *testing.T) {
			r := b.completes(t, questions(6, 0), unbound("backend.api="+api, "load.fail_fast=0", wantsToEnd)...)
			require.Equal(t, 6, r.with(event.StatusFailed, "empty_completion"))
			r = b.completes(t, questions(6, 0), unbound("backend.api="+api, wantsToEnd, "scenario.generate_kwargs.min_new_tokens=20")...)
			for _, f := range r.requests {
				require.Equal(t, "stop", f.FinishReason)
				require.Equal(t, int64(21), *f.Tokens.Output, "20, and the end of sentence")
			}
		})
	}
}

// TestSessions: a further turn tells the server what was said before, as it counts it.
func TestSessions(t *testing.T) {
	b := open(t)
	said := []turn{{"user", "Why is the sky blue?"}, {"assistant", "The air scatters short waves."}, {"user", "And at night?"}}
	for api, bos := range map[string]bool{"chat": false, "responses": true} {
		t.Run(api, func(t *testing.T) {
			r := b.completes(t, []prompt{{Turns: said}}, unbound("backend.api="+api, "scenario.sessions=true", "scenario.text_column_name=turns")...)
			require.Len(t, r.requests, 2)
			for i, f := range r.requests {
				require.Equal(t, event.StatusOK, f.Status, f.Error)
				body := map[string]any{"model": served, "messages": said[:2*i+1], "add_special_tokens": bos}
				maps.Copy(body, off)
				require.Len(t, b.tokenize(t, body), int(*f.Tokens.Input))
			}
		})
	}
}

// TestMoreOnTheWire: what makes chunks bigger changes nothing that is recorded.
func TestMoreOnTheWire(t *testing.T) {
	b := open(t)
	for name, c := range map[string]struct{ api, extra string }{
		"logprobs of a chat":         {"chat/completions", "{logprobs: true, top_logprobs: 2}"},
		"logprobs of a completion":   {"completions", "{logprobs: 2}"},
		"logprobs of a response":     {"responses", "{include: [message.output_text.logprobs], top_logprobs: 2}"},
		"token ids":                  {"chat/completions", "{return_token_ids: true}"},
		"usage on each chunk":        {"chat/completions", "{stream_options: {continuous_usage_stats: true}}"},
		"usage of each completion":   {"completions", "{stream_options: {continuous_usage_stats: true}}"},
		"the messages of a response": {"responses", "{enable_response_messages: true}"},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.completes(t, questions(6, 24), append(exactly(c.api, 24), "scenario.generate_kwargs.extra_body="+c.extra)...)
			for i, f := range r.requests {
				exact(t, f, 24)
				timed(t, f, r.rows[i])
			}
		})
	}
}
