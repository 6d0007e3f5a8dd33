package attempt

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGoldenStreams are answers in the form that vLLM gives them, old and new, and
// SGLang and OpenAI where theirs differs,
// against what is recorded of them; times aside.
func TestGoldenStreams(t *testing.T) {
	files, err := filepath.Glob("testdata/*.sse")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sse"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			base := serve(t, func(script.Request) script.Answer {
				return raw(streamHead + chunked(string(text)) + theEnd)
			})
			s := sender(t, base)
			if strings.HasPrefix(filepath.Base(file), "responses") {
				s.Config.Backend.API = config.APIResponses
			}
			r := send(t, t.Context(), s)
			seen := struct {
				Status       event.Status
				ErrorClass   string `json:",omitempty"`
				Error        string `json:",omitempty"`
				FinishReason string
				Arrivals     int
				FirstOutput  bool
				Tokens       event.Tokens
				Server       *event.ServerTimings `json:",omitempty"`
				Flags        []string             `json:",omitempty"`
			}{
				r.Status, r.ErrorClass, r.Error, r.FinishReason, len(r.ChunkGapsNS), r.FirstOutputAfterNS != nil, r.Tokens, r.Server, r.Flags,
			}
			got, err := json.MarshalIndent(seen, "", "  ")
			require.NoError(t, err)
			golden := strings.TrimSuffix(file, ".sse") + ".json"
			if *update {
				require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(got))
		})
	}
}
