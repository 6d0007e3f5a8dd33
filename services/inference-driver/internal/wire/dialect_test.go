package wire

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func loaded(t *testing.T, backend string) config.Run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.yaml")
	require.NoError(t, os.WriteFile(path, []byte("backend: {type: "+backend+", model: m}\n"), 0o600))
	c, err := config.LoadRun(path)
	require.NoError(t, err)
	return c
}

// Each dialect sends what its server knows, and refuses the rest by name.
func TestDialects(t *testing.T) {
	const head = `{"model":"m","messages":[{"role":"user","content":"p"}],"stream":true,"stream_options":{"include_usage":true},`
	for backend, want := range map[string]string{
		"vllm":    head + `"max_tokens":100,"min_tokens":50}`,
		"sglang":  head + `"max_tokens":100,"min_tokens":50}`,
		"tgi":     head + `"max_tokens":100}`,
		"ollama":  head + `"max_tokens":100}`,
		"openai":  head + `"max_completion_tokens":100}`,
		"pytorch": head + `"max_tokens":100,"generation_config":"{\"min_new_tokens\":50}"}`,
	} {
		t.Run(backend, func(t *testing.T) {
			c := loaded(t, backend)
			k := c.Scenario.GenerateKwargs
			p := event.PromptQueued{Prompt: "p", Generate: event.Generate{MaxTokens: k.MaxNewTokens, MinTokens: k.MinNewTokens}}
			require.JSONEq(t, want, body(t, c, p), "the defaults of the config are never refused")

			c.Backend.API = config.APICompletions
			require.Contains(t, body(t, c, p), `"max_tokens":100`)

			dialect, _ := c.Backend.Dialect()
			for name, g := range map[string]event.Generate{
				"min_tokens": {MinTokens: new(int64(1))}, "top_k": {TopK: new(int64(5))}, "ignore_eos": {IgnoreEOS: new(true)},
			} {
				raw, err := Body(c, &event.PromptQueued{Prompt: "p", Generate: g})
				if slices.Contains(dialect.Lacks, name) {
					unsupported(t, err, name)
					continue
				}
				require.NoError(t, err)
				if dialect.Generation {
					name = map[string]string{"min_tokens": "min_new_tokens", "top_k": "top_k"}[name]
				}
				require.Contains(t, string(raw), name)
			}
		})
	}
}

// What every request of a run would be refused for is known before the first.
func TestMeasurable(t *testing.T) {
	require.NoError(t, Measurable(loaded(t, "openai")))
	c := loaded(t, "openai")
	c.Scenario.Reasoning = new(true)
	unsupported(t, Measurable(c), "scenario.reasoning")
	c = loaded(t, "vllm")
	c.Scenario.GenerateKwargs.Extra = map[string]any{"n": 2}
	unsupported(t, Measurable(c), "extra_body.n")
}

func TestReasoningWithoutATemplate(t *testing.T) {
	c := loaded(t, "ollama")
	p := &event.PromptQueued{Prompt: "p"}
	c.Scenario.Reasoning = new(true)
	_, err := Body(c, p)
	unsupported(t, err, "scenario.reasoning")
	c.Scenario.ReasoningParams = map[string]any{"reasoning_effort": "low"}
	raw, err := Body(c, p)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"reasoning_effort":"low"`)
	require.NotContains(t, string(raw), "chat_template_kwargs")
	c.Scenario.Reasoning = new(false)
	_, err = Body(c, p)
	unsupported(t, err, "scenario.reasoning")
}

// Only a dialect whose server has /health is asked for it, and only one whose list of
// models is of those that are served for that.
func TestReadyByDialect(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`{"object":"list","data":[{"id":"m"}]}`))
	}))
	defer server.Close()
	client := NewClient(1, "")
	defer client.Close()
	for _, name := range config.BackendTypes() {
		b := config.Backend{Type: name, Model: "m"}
		err := client.Check(t.Context(), server.URL, b)
		dialect, _ := b.Dialect()
		require.Equal(t, dialect.Health, err != nil, name)
		b.Model = "other"
		require.Equal(t, dialect.Unlisted, !errors.Is(client.Check(t.Context(), server.URL, b), ErrModel), name)
	}
}

func unsupported(t *testing.T, err error, name string) {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e, name)
	require.Equal(t, Unsupported, e.Class)
	require.Contains(t, e.Text, name)
}
