//go:build realvllm

package realvllm

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// TestReasoning switches it both ways. The model's words are chance, so a bias makes
// it end its thoughts about every twentieth token.
func TestReasoning(t *testing.T) {
	b := open(t)
	bias := fmt.Sprintf("scenario.generate_kwargs.extra_body={logit_bias: {'%s': 3}}", b.token(t, "</think>"))
	for _, api := range []string{"chat/completions", "responses"} {
		for _, on := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s %t", api, on), func(t *testing.T) {
				prompts := questions(16, 48)
				r := b.completes(t, prompts, append(exactly(api, 48), "scenario.reasoning_format=qwen", fmt.Sprint("scenario.reasoning=", on), bias,
					"scenario.generate_kwargs.seed=null", fmt.Sprint("load.concurrency=", few))...)
				told := map[string]any{"chat_template_kwargs": map[string]any{"enable_thinking": on}}
				changed := 0
				for i, f := range r.requests {
					exact(t, f, 48)
					require.Equal(t, b.counts(t, api, prompts[i].Text, told), *f.Tokens.Input, "the template was told")
					require.Equal(t, strconv.FormatInt(*f.Tokens.Reasoning, 10), r.rows[i]["reasoning_tokens"])
					if on {
						changed += thought(t, f)
					} else {
						require.Zero(t, *f.Tokens.Reasoning)
						require.NotNil(t, f.FirstOutputAfterNS)
					}
				}
				if on {
					require.Positive(t, changed, "requests that went from thoughts to an answer")
				}
			})
		}
	}
}

// thought holds a request that was to reason: its first output is within its tokens.
// It returns 1 when thoughts had come in an arrival of their own before that. (The
// server counts as reasoning only tokens that had text, so that the number of arrivals
// and its count do not bound each other.)
func thought(t *testing.T, f *event.RequestFinished) int {
	t.Helper()
	if f.FirstOutputAfterNS == nil {
		require.Positive(t, *f.Tokens.Reasoning)
		return 0
	}
	require.GreaterOrEqual(t, *f.FirstOutputAfterNS, *f.FirstTokenAfterNS)
	require.LessOrEqual(t, *f.FirstOutputAfterNS, *f.LastTokenAfterNS)
	second := *f.FirstTokenAfterNS
	if len(f.ChunkGapsNS) > 1 {
		second += f.ChunkGapsNS[1]
	}
	if *f.Tokens.Reasoning == 0 || *f.FirstOutputAfterNS < second || second == *f.FirstTokenAfterNS {
		return 0
	}
	return 1
}
