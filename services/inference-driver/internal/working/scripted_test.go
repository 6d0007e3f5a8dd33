package working

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
)

// scripted serves the model with the streams that a test plans, and records when
// it wrote what.
func scripted(t *testing.T, plan func(script.Request) script.Stream) *script.Server {
	t.Helper()
	server, err := script.Serve(t.Context(), "127.0.0.1:0", func(r script.Request) script.Answer {
		switch r.Path {
		case "/v1/models":
			return script.Plain(200, "application/json", `{"object":"list","data":[{"id":"m"}]}`)
		case "/v1/chat/completions":
			s := plan(r)
			s.Chat, s.Model, s.ID, s.Prompt = true, "m", "x", 7
			return script.Tokens(s)
		}
		return script.Plain(200, "text/plain", "")
	})
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return server
}
