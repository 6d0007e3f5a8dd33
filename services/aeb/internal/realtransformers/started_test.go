//go:build realtransformers

package realtransformers

import (
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// A started server answers with exactly so many tokens, and the record says so.
func TestExactTokens(t *testing.T) {
	for _, api := range []string{"chat", "completions"} {
		t.Run(api, func(t *testing.T) {
			c := begin(t, "backend.api="+api, "scenario.num_samples=8", "load.concurrency=2",
				"scenario.generate_kwargs={max_new_tokens: 24, min_new_tokens: 24, temperature: 0.7, top_p: 0.9, top_k: 50}")
			require.Zero(t, c.code(t), c.err.String())
			rows, want := c.requests(t), tokens(t, api)
			require.Len(t, rows, 8)
			for _, row := range rows {
				require.Equal(t, "ok", row["status"], row["error_class"])
				require.Equal(t, want, row["input_tokens"])
				require.Equal(t, "24", row["output_tokens"])
				require.Empty(t, row["flags"])
				require.NotEmpty(t, row["tpot_s"])
				require.Less(t, at(t, row, "first_byte_ns"), at(t, row, "first_token_ns"), "the role comes first, and is no token")
				require.Less(t, at(t, row, "first_token_ns"), at(t, row, "last_token_ns"))
			}
		})
	}
}

func at(t *testing.T, row map[string]string, column string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(row[column], 10, 64)
	require.NoError(t, err, column)
	return n
}

// Ends of sentence come by chance: the least tokens hold them back, and without sampling
// every answer is the same.
func TestLeastTokensAndNoSampling(t *testing.T) {
	c := begin(t, "scenario.num_samples=6", "scenario.generate_kwargs={max_new_tokens: 400, min_new_tokens: 150, do_sample: false}")
	require.Zero(t, c.code(t), c.err.String())
	rows := c.requests(t)
	for _, row := range rows {
		require.GreaterOrEqual(t, at(t, row, "output_tokens"), int64(150))
		require.LessOrEqual(t, at(t, row, "output_tokens"), int64(400))
		require.Equal(t, rows[0]["output_tokens"], row["output_tokens"])
	}
}

func TestModelThatIsNotThere(t *testing.T) {
	c := begin(t, "backend.model=nobody/has-this-model")
	require.Equal(t, service.ExitDependency, c.code(t))
	require.Contains(t, c.err.String(), "for nobody/has-this-model: transformers serve ended by itself: exit status 1: the last that it said")
	require.Contains(t, c.err.String(), "couldn't find them in the cached files")
}

func TestServerThatIsKilledUnderLoad(t *testing.T) {
	c := begin(t, "scenario.num_samples=1000", "scenario.generate_kwargs={max_new_tokens: 100, min_new_tokens: 100}")
	pid := c.until(t, "transformers serve was started")["pid"].(float64)
	c.until(t, "transformers serve is ready")
	c.answered(t, 3)
	require.NoError(t, syscall.Kill(int(pid), syscall.SIGKILL))
	require.Equal(t, service.ExitRunFailed, c.code(t), c.err.String())
	require.Contains(t, c.err.String(), "consecutive_failures")
	require.Contains(t, c.err.String(), "transformers serve ended by itself: signal: killed")
	status := map[string]int{}
	for _, row := range c.requests(t) {
		status[row["status"]+" "+row["error_class"]]++
	}
	require.Positive(t, status["ok "], "what was measured before is kept")
	require.Positive(t, status["failed connect"])
}
