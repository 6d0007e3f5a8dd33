//go:build realvllm

package realvllm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// served is the model's name, and atOnce the requests that the server works on at
	// the same time, as deploy/real/wire.sh starts it.
	served = "tiny-random-llama"
	atOnce = 8
	// few are requests whose tokens it can pass on as fast as it writes them, on a busy
	// machine too.
	few = 2
)

// server is vLLM, asked directly.
type server struct{ url string }

// connect finds the server that deploy/real/wire.sh started.
func connect(t *testing.T) server {
	t.Helper()
	port := os.Getenv("VLLM_PORT")
	require.NotEmpty(t, port, "run these tests with `go tool task real:wire`")
	return server{"http://127.0.0.1:" + port}
}

// metric adds up the series of a metric.
func (s server) metric(name string) (float64, error) {
	response, err := http.Get(s.url + "/metrics")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	sum, found := 0.0, false
	for line := range strings.Lines(string(page)) {
		if series, value, ok := strings.Cut(strings.TrimSpace(line), "} "); ok && strings.HasPrefix(series, name+"{") {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return 0, err
			}
			sum, found = sum+v, true
		}
	}
	if !found {
		return 0, fmt.Errorf("the server has no metric %s", name)
	}
	return sum, nil
}

func (s server) reads(t *testing.T, name string) float64 {
	t.Helper()
	value, err := s.metric(name)
	require.NoError(t, err)
	return value
}

const (
	running    = "vllm:num_requests_running"
	waiting    = "vllm:num_requests_waiting"
	prompted   = "vllm:prompt_tokens_total"
	generated  = "vllm:generation_tokens_total"
	succeeded  = "vllm:request_success_total"
	rejections = "vllm:admission_rejections_total"
)

// becomes waits until a metric has a value.
func (s server) becomes(t *testing.T, name string, want func(float64) bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		value, err := s.metric(name)
		return err == nil && want(value)
	}, 15*time.Second, 20*time.Millisecond, name)
}

// idle waits until the server has nothing to do.
func (s server) idle(t *testing.T) {
	t.Helper()
	for _, name := range []string{running, waiting} {
		s.becomes(t, name, func(n float64) bool { return n == 0 })
	}
}

// post sends JSON and returns what is answered.
func (s server) post(t *testing.T, path string, body map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+path, bytes.NewReader(text))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+os.Getenv("VLLM_API_KEY"))
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode, path)
	text, err = io.ReadAll(response.Body)
	require.NoError(t, err)
	return text
}

// tokenize asks the server for the tokens of a prompt.
func (s server) tokenize(t *testing.T, body map[string]any) []int {
	t.Helper()
	var answer struct{ Tokens []int }
	require.NoError(t, json.Unmarshal(s.post(t, "/tokenize", body), &answer))
	return answer.Tokens
}

// abort has the server give requests up.
func (s server) abort(t *testing.T, ids []string) {
	t.Helper()
	s.post(t, "/inference/v1/abort_requests", map[string]any{"request_ids": ids})
}

// counts is how many tokens the server makes of a prompt that goes to an API; more
// goes along, such as what its chat template is told.
func (s server) counts(t *testing.T, api, prompt string, more map[string]any) int64 {
	t.Helper()
	body := map[string]any{"model": served}
	switch api {
	case "completions":
		body["prompt"] = prompt
	default:
		body["messages"] = []map[string]string{{"role": "user", "content": prompt}}
		// The responses API puts the tokenizer's first token before the template's own.
		body["add_special_tokens"] = api == "responses"
	}
	maps.Copy(body, more)
	return int64(len(s.tokenize(t, body)))
}

// token is the number of a text that is one token.
func (s server) token(t *testing.T, text string) string {
	t.Helper()
	tokens := s.tokenize(t, map[string]any{"model": served, "prompt": text, "add_special_tokens": false})
	require.Len(t, tokens, 1, text)
	return strconv.Itoa(tokens[0])
}

// crash ends the server as a fault would.
func (s server) crash(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "../../../../deploy/real/vllm.sh", "crash").CombinedOutput()
	require.NoError(t, err, string(out))
}
