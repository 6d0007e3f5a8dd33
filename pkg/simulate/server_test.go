package simulate

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// fast is the default, twenty times as fast.
func fast() Config {
	cfg := DefaultConfig()
	cfg.TimeScale = 20
	return cfg
}

// serve starts a server that the test ends.
func serve(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	s, err := Serve(tb.Context(), "127.0.0.1:0", cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		require.NoError(tb, s.Close())
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

func call(tb testing.TB, s *Server, path, id, body string, header ...string) (int, string) {
	tb.Helper()
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(tb.Context(), method, s.URL()+path, strings.NewReader(body))
	require.NoError(tb, err)
	req.Header.Set("Content-Type", "application/json")
	if id != "" {
		req.Header.Set("X-Request-Id", id)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(tb, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(tb, err)
	return resp.StatusCode, string(raw)
}

func prompt(tokens, output int) string {
	return fmt.Sprintf(`{"prompt":"%s","max_tokens":%d,"ignore_eos":true,"stream":true,"stream_options":{"include_usage":true}}`,
		strings.TrimSpace(strings.Repeat("word ", tokens-1)), output)
}

func TestLedgerOfARunAddsUp(t *testing.T) {
	cfg := fast()
	cfg.Devices, cfg.Sensor.CounterStep = Devices(2), 0
	s := serve(t, cfg)
	client := Client{BaseURL: s.URL() + "/v1"}
	before, err := client.Read(t.Context())
	require.NoError(t, err)

	var group sync.WaitGroup
	for i := range 40 {
		group.Go(func() {
			status, body := call(t, s, "/v1/completions", fmt.Sprintf("run.q%d.1", i), prompt(50+i, 10+i%7))
			if status != 200 || !strings.HasSuffix(body, "data: [DONE]\n\n") {
				t.Errorf("status %d: %s", status, body)
			}
			// The client's count of chunks, and the same figures in usage.
			if got := strings.Count(body, `"text":`); got != 10+i%7 {
				t.Errorf("%d chunks", got)
			}
			if !strings.Contains(body, fmt.Sprintf(`"prompt_tokens":%d,"total_tokens":%d,"completion_tokens":%d`, 50+i, 60+i+i%7, 10+i%7)) {
				t.Errorf("usage: %s", body[len(body)-400:])
			}
		})
	}
	call(t, s, "/v1/completions", "other.q.1", prompt(10, 5))
	call(t, s, "/v1/completions", "", prompt(10, 5))
	group.Wait()

	truth, err := client.Ledger(t.Context(), "run", 0, 0)
	require.NoError(t, err)
	require.NoError(t, truth.Validate())
	require.Len(t, truth.Requests, 40)
	require.Len(t, truth.DeviceJ, 2)
	requests, prefill, decode := 0.0, 0.0, 0.0
	for _, r := range truth.Requests {
		requests += r.EnergyJ
		prefill += r.PrefillJ
		decode += r.DecodeJ
	}
	wantPrefill, wantDecode := 0.0, 0.0
	for i := range 40 {
		wantPrefill += float64(50+i) * cfg.Physics.PrefillJPerToken
		wantDecode += float64(10+i%7-1) * cfg.Physics.DecodeJPerToken
	}
	require.InEpsilon(t, wantPrefill, prefill, 1e-9)
	require.InEpsilon(t, wantDecode, decode, 1e-9)
	others := 0.0
	for _, run := range []event.RunID{"other", ""} {
		other, err := client.Ledger(t.Context(), run, truth.FromNS, truth.ToNS)
		require.NoError(t, err)
		require.Len(t, other.Requests, 1)
		others += other.Requests[0].EnergyJ
	}
	measured := truth.DeviceJ["SIM-GPU-0"] + truth.DeviceJ["SIM-GPU-1"]
	require.InEpsilon(t, measured, requests+others+truth.IdleJ, 1e-9)

	after, err := client.Read(t.Context())
	require.NoError(t, err)
	require.Greater(t, *after[0].EnergyMJ, *before[0].EnergyMJ)
	require.Greater(t, after[0].TimeNS, before[0].TimeNS)
	devices, err := client.Devices(t.Context())
	require.NoError(t, err)
	require.True(t, devices[1].Simulated)
}

func TestServerSpeaksLikeVLLM(t *testing.T) {
	cfg := fast()
	cfg.APIKey = "secret"
	cfg.Options.RequestIDHeaders = true
	s := serve(t, cfg)
	key := []string{"Authorization", "Bearer secret"}

	status, body := call(t, s, "/v1/models", "", "")
	require.Equal(t, 401, status)
	require.JSONEq(t, `{"error":"Unauthorized"}`, body)
	status, body = call(t, s, "/v1/models", "", "", key...)
	require.Equal(t, 200, status)
	require.Contains(t, body, `"id":"simulated-8b"`)
	require.Contains(t, body, `"owned_by":"vllm"`)
	require.Contains(t, body, `"max_model_len":32768`)

	for path, want := range map[string]string{"/health": "", "/ping": "", "/version": `{"version":"0.0.0+simulated"}`} {
		status, body = call(t, s, path, "", "")
		require.Equal(t, 200, status)
		require.Equal(t, want, body)
	}
	status, body = call(t, s, "/nowhere", "", "")
	require.Equal(t, 404, status)
	require.JSONEq(t, `{"error":{"message":"Not Found","type":"Not Found","param":null,"code":404}}`, body)

	post := func(body string, header ...string) (int, string) {
		return call(t, s, "/v1/completions", "run.q.1", body, append(header, key...)...)
	}
	status, body = post(`{"model":"other","prompt":"x"}`)
	require.Equal(t, 404, status)
	require.JSONEq(t, "{\"error\":{\"message\":\"The model `other` does not exist.\",\"type\":\"NotFoundError\",\"param\":\"model\",\"code\":404}}", body)
	status, body = post(`{"prompt":"x","max_tokens":40000}`)
	require.Equal(t, 400, status)
	require.Contains(t, body, "maximum context length is 32768 tokens")
	status, body = post(`{"prompt":"x"}`, "Content-Type", "text/plain")
	require.Equal(t, 400, status)
	require.Contains(t, body, "Unsupported Media Type")

	status, body = post(`{"prompt":"x"}`)
	require.Equal(t, 200, status)
	require.Contains(t, body, `"id":"cmpl-run.q.1"`)
	status, body = call(t, s, "/tokenize", "", `{"prompt":"Hello world"}`)
	require.Equal(t, 200, status)
	require.Contains(t, body, `"count":3`)
}

func TestMetricsFollowTheWork(t *testing.T) {
	s := serve(t, fast())
	for i := range 3 {
		call(t, s, "/v1/completions", fmt.Sprintf("r.%d.1", i), prompt(11, 7))
	}
	_, body := call(t, s, "/metrics", "", "")
	for _, want := range []string{
		`vllm:prompt_tokens_total{engine="0",model_name="simulated-8b"} 33`,
		`vllm:generation_tokens_total{engine="0",model_name="simulated-8b"} 21`,
		`vllm:request_success_total{engine="0",finished_reason="length",model_name="simulated-8b"} 3`,
		`vllm:num_requests_running{engine="0",model_name="simulated-8b"} 0`,
		`vllm:time_to_first_token_seconds_count{engine="0",model_name="simulated-8b"} 3`,
		`vllm:inter_token_latency_seconds_count{engine="0",model_name="simulated-8b"} 18`,
		`vllm:e2e_request_latency_seconds_bucket{engine="0",model_name="simulated-8b",le="7680"} 3`,
	} {
		require.Contains(t, body, want+"\n")
	}
}

func TestRequestFaults(t *testing.T) {
	s := serve(t, fast())
	set := func(list ...Fault) { require.NoError(t, s.Simulator().SetFaults(list...)) }

	set(Fault{Kind: FaultHTTP500, Every: 2, Count: 1})
	var codes []int
	for range 5 {
		status, _ := call(t, s, "/v1/completions", "", `{"prompt":"x"}`)
		codes = append(codes, status)
	}
	require.Equal(t, []int{200, 500, 200, 200, 200}, codes)

	set(Fault{Kind: FaultEmpty})
	_, body := call(t, s, "/v1/completions", "", prompt(3, 9))
	require.Contains(t, body, `"text":"","logprobs":null,"finish_reason":"stop"`)
	require.Contains(t, body, `"completion_tokens":1`)

	set(Fault{Kind: FaultNoUsage})
	_, body = call(t, s, "/v1/completions", "", prompt(3, 4))
	require.Equal(t, 4, strings.Count(body, `"text":`))
	require.NotContains(t, body, `"usage"`)

	set(Fault{Kind: FaultErrorInStream})
	status, body := call(t, s, "/v1/completions", "", prompt(3, 8))
	require.Equal(t, 200, status)
	require.Equal(t, 4, strings.Count(body, `"text":`))
	require.Contains(t, body, `data: {"error":{`)
	require.True(t, strings.HasSuffix(body, "data: [DONE]\n\n"))
	require.NotContains(t, body, `"usage"`)

	set(Fault{Kind: FaultBrokenStream})
	for _, body := range []string{prompt(3, 8), `{"prompt":"x"}`} {
		resp, err := http.Post(s.URL()+"/v1/completions", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		raw, err := io.ReadAll(resp.Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.NoError(t, resp.Body.Close())
		require.NotContains(t, string(raw), "[DONE]")
	}

	set(Fault{Kind: FaultSlow, DelayMS: 60})
	began := time.Now()
	call(t, s, "/v1/completions", "", `{"prompt":"x","max_tokens":1}`)
	require.Greater(t, time.Since(began), 60*time.Millisecond)

	require.ErrorIs(t, s.Simulator().SetFaults(Fault{Kind: "fire"}), ErrFault)
	require.ErrorIs(t, s.Simulator().SetFaults(Fault{Kind: FaultDeviceLost, Device: "x"}), ErrFault)
	require.ErrorIs(t, s.Simulator().SetFaults(Fault{Kind: FaultSlow, Count: -1}), ErrFault)
}

func TestFaultsOverHTTP(t *testing.T) {
	s := serve(t, fast())
	put := func(body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL()+"/simulate/faults", strings.NewReader(body))
		require.NoError(t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(raw)
	}
	status, _ := put(`[{"kind":"device_lost"},{"kind":"http_500","count":2}]`)
	require.Equal(t, 200, status)
	_, body := call(t, s, "/simulate/read", "", "")
	require.Contains(t, body, `"error":"device_lost"`)
	require.NotContains(t, body, "power_mw")
	_, body = call(t, s, "/simulate/faults", "", "")
	require.JSONEq(t, `[{"kind":"device_lost"},{"kind":"http_500","count":2}]`, body)
	for _, bad := range []string{`{`, `[{"kind":"x"}]`, `[{"knd":"slow"}]`} {
		status, _ = put(bad)
		require.Equal(t, 400, status)
	}
	status, _ = put(`[]`)
	require.Equal(t, 200, status)
	_, body = call(t, s, "/simulate/read", "", "")
	require.Contains(t, body, `"energy_mj"`)
	status, _ = call(t, s, "/simulate/ledger?run=r&from_ns=5", "", "")
	require.Equal(t, 410, status)
	status, _ = call(t, s, "/simulate/ledger?from_ns=x", "", "")
	require.Equal(t, 400, status)
	status, body = call(t, s, "/simulate/samples?since_ns=0", "", "")
	require.Equal(t, 200, status)
	require.Contains(t, body, "SIM-GPU-0")
}

func TestClientThatLeavesFreesItsSlot(t *testing.T) {
	cfg := fast()
	cfg.Engine.MaxNumSeqs = 1
	s := serve(t, cfg)
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/v1/completions", strings.NewReader(prompt(5, 30000)))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Request-Id", "run.long.1")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	_, err = bufio.NewReader(resp.Body).ReadString('\n')
	require.NoError(t, err)
	leave()
	require.NoError(t, resp.Body.Close())

	status, _ := call(t, s, "/v1/completions", "run.next.1", prompt(5, 3))
	require.Equal(t, 200, status)
	truth, err := s.Simulator().Truth("run", 0, 0)
	require.NoError(t, err)
	require.Len(t, truth.Requests, 2)
	require.Positive(t, truth.Requests[0].EnergyJ)
}

func TestCloseEndsStreams(t *testing.T) {
	s, err := Serve(t.Context(), "127.0.0.1:0", fast())
	require.NoError(t, err)
	resp, err := http.Post(s.URL()+"/v1/completions", "application/json", strings.NewReader(prompt(5, 30000)))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	_, err = io.ReadAll(resp.Body)
	require.Error(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestBadConfigNamesEveryProblem(t *testing.T) {
	cfg := DefaultConfig()
	require.NoError(t, cfg.Validate())
	cfg.Model, cfg.TimeScale, cfg.Engine.KVTokens = "", 0, 5
	cfg.Devices = append(cfg.Devices, cfg.Devices[0])
	_, err := Serve(t.Context(), "127.0.0.1:0", cfg)
	require.ErrorIs(t, err, ErrConfig)
	for _, part := range []string{"model", "time_scale", "kv_tokens", "SIM-GPU-0"} {
		require.ErrorContains(t, err, part)
	}
}

// BenchmarkStreams is 256 streams at once, client and server on this machine:
// chunks per second that a plain reader takes in.
func BenchmarkStreams(b *testing.B) {
	cfg := DefaultConfig()
	cfg.Engine.StepBase, cfg.Engine.StepPerSeq, cfg.Engine.PrefillTokensPerS = time.Millisecond, time.Microsecond, 1e7
	s := serve(b, cfg)
	const streams, tokens = 256, 200
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: streams}}
	defer client.CloseIdleConnections()
	body := prompt(10, tokens)
	for b.Loop() {
		var group sync.WaitGroup
		for range streams {
			group.Go(func() {
				resp, err := client.Post(s.URL()+"/v1/completions", "application/json", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				defer resp.Body.Close()
				if _, err := io.Copy(io.Discard, resp.Body); err != nil {
					b.Error(err)
				}
			})
		}
		group.Wait()
	}
	b.ReportMetric(float64(b.N*streams*tokens)/b.Elapsed().Seconds(), "chunks/s")
}
