package aeb_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// front makes a simulator look like a server of another model. As transformers serve it
// knows that server's fields only, and takes min_new_tokens in generation_config.
type front struct {
	model        string
	transformers bool
	proxy        *httputil.ReverseProxy

	mu sync.Mutex
	// bodies are what was asked.
	bodies []map[string]any
}

func newFront(simulator, model string) *front {
	to, err := url.Parse(simulator)
	if err != nil {
		panic(err)
	}
	return &front{model: model, proxy: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, FlushInterval: -1,
	}}
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/v1/models" && f.transformers:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	case r.URL.Path == "/v1/models":
		_ = json.NewEncoder(w).Encode(map[string]any{"data": []any{map[string]any{"id": f.model}}})
		return
	case r.Method != http.MethodPost:
		f.proxy.ServeHTTP(w, r)
		return
	}
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body["model"] != f.model {
		http.Error(w, `{"detail":"another model"}`, http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	f.bodies = append(f.bodies, maps.Clone(body))
	f.mu.Unlock()
	if f.transformers && !translate(body) {
		http.Error(w, `{"detail":"Unexpected fields in the request"}`, http.StatusUnprocessableEntity)
		return
	}
	body["model"] = seedModel
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	f.proxy.ServeHTTP(w, r)
}

// translate tells the simulator what transformers serve is told; false for a field that
// is not its.
func translate(body map[string]any) bool {
	known := []string{"model", "messages", "stream", "stream_options", "max_tokens", "temperature", "top_p", "seed", "stop", "chat_template_kwargs", "generation_config"}
	for field := range body {
		if !slices.Contains(known, field) {
			return false
		}
	}
	if text, ok := body["generation_config"].(string); ok {
		var own map[string]any
		if json.Unmarshal([]byte(text), &own) != nil {
			return false
		}
		delete(body, "generation_config")
		if least, ok := own["min_new_tokens"]; ok {
			body["min_tokens"] = least
		}
	}
	return true
}

// serveModel serves a model by the bench's simulator.
func (b *bench) serveModel(t *testing.T, model string) (*front, string) {
	t.Helper()
	f := newFront(b.sim.URL(), model)
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return f, server.URL + "/v1"
}

// fakeTransformers names, in the environment, the simulator that this binary is to serve
// from when it is run in place of `transformers`.
const fakeTransformers = "FAKE_TRANSFORMERS"

// playTransformers is that program: serve --host HOST --port PORT … -- MODEL.
func playTransformers() {
	simulator := os.Getenv(fakeTransformers)
	if simulator == "" {
		return
	}
	flag := func(name string) string { return os.Args[slices.Index(os.Args, name)+1] }
	f := newFront(simulator, flag("--"))
	f.transformers = true
	panic(http.ListenAndServe(net.JoinHostPort(flag("--host"), flag("--port")), f))
}

func (f *front) asked(t *testing.T) map[string]any {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	require.NotEmpty(t, f.bodies)
	return f.bodies[0]
}
