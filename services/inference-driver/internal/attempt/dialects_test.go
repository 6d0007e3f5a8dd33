package attempt

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// pause is between two events of a stand-in.
const pause = 3 * time.Millisecond

// standIn answers like a server of one type: with testdata/dialects/<type>-<api>.sse,
// an event after the other, written by hand in the form that the server's source or
// published interface gives its streams. It counts tokens only when asked to, as the
// servers do.
func standIn(t *testing.T, name, api string) (base string, events []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/dialects/" + name + "-" + api + ".sse")
	require.NoError(t, err)
	events = slices.Collect(strings.SplitAfterSeq(strings.TrimSuffix(string(text), "\n\n"), "\n\n"))
	events[len(events)-1] += "\n\n"
	paced := script.Answer{Events: []script.Event{{Data: []byte(streamHead)}}}
	for i, e := range events {
		paced.Events = append(paced.Events, script.Event{At: time.Duration(i+1) * pause, Data: []byte(chunked(e))})
	}
	paced.Events = append(paced.Events, script.Event{At: time.Duration(len(events)+1) * pause, Data: []byte(theEnd)})
	base = serve(t, func(r script.Request) script.Answer {
		var asked struct {
			Model   string `json:"model"`
			Stream  bool   `json:"stream"`
			Options struct {
				Usage bool `json:"include_usage"`
			} `json:"stream_options"`
		}
		if json.Unmarshal(r.Body, &asked) != nil || asked.Model != "m" || !asked.Stream || !asked.Options.Usage && api != config.APIResponses {
			return script.Plain(422, "application/json", `{"error":"not what this server is asked"}`)
		}
		return paced
	})
	return base, events
}

// TestDialectContract holds what is recorded of each server's stream, in each of its
// APIs, to what the stream says.
func TestDialectContract(t *testing.T) {
	counted := func(input, output int64) event.Tokens {
		return event.Tokens{Source: event.TokensFromUsage, Input: &input, Output: &output}
	}
	detailed := func(tokens event.Tokens, cached, reasoning int64) event.Tokens {
		tokens.Cached, tokens.Reasoning = &cached, &reasoning
		return tokens
	}
	for _, tt := range []struct {
		name, api string
		// first, output and last are the events, from 0, that bring the first token,
		// the first that is not reasoning, and the last.
		first, output, last int
		// arrivals counts the events with a token, the one that only tells the end of
		// a chat among them.
		arrivals int
		finish   string
		tokens   event.Tokens
		flags    []string
	}{
		{name: "sglang", api: "chat", first: 0, output: 2, last: 4, arrivals: 4, finish: "stop", tokens: detailed(counted(21, 6), 16, 3)},
		{name: "sglang", api: "completions", first: 0, output: 0, last: 2, arrivals: 3, finish: "length", tokens: func() event.Tokens {
			tokens := counted(9, 3)
			tokens.Reasoning = new(int64(0))
			return tokens
		}()},
		{name: "sglang", api: "responses", first: 3, output: 8, last: 9, arrivals: 4, finish: "stop", tokens: detailed(counted(21, 6), 16, 3), flags: nil},
		{name: "tgi", api: "chat", first: 1, output: 1, last: 4, arrivals: 4, finish: "stop", tokens: counted(21, 4)},
		{name: "tgi", api: "completions", first: 0, output: 0, last: 2, arrivals: 3, finish: "length", tokens: counted(9, 3)},
		{name: "ollama", api: "chat", first: 0, output: 2, last: 4, arrivals: 5, finish: "stop", tokens: counted(21, 6)},
		{name: "ollama", api: "completions", first: 0, output: 0, last: 2, arrivals: 3, finish: "length", tokens: counted(9, 3)},
		{name: "ollama", api: "responses", first: 3, output: 8, last: 9, arrivals: 4, finish: "stop", tokens: counted(21, 6)},
		{name: "openai", api: "chat", first: 0, output: 1, last: 3, arrivals: 3, finish: "stop", tokens: detailed(counted(21, 66), 0, 64)},
		{name: "openai", api: "completions", first: 0, output: 0, last: 2, arrivals: 3, finish: "length", tokens: counted(9, 2)},
		{name: "openai", api: "responses", first: 3, output: 7, last: 8, arrivals: 3, finish: "length", tokens: detailed(counted(21, 66), 0, 64)},
		{name: "pytorch", api: "chat", first: 1, output: 1, last: 4, arrivals: 4, finish: "stop", tokens: counted(21, 4)},
		{name: "pytorch", api: "completions", first: 0, output: 0, last: 2, arrivals: 3, finish: "length", tokens: counted(9, 3)},
	} {
		t.Run(tt.name+"/"+tt.api, func(t *testing.T) {
			base, events := standIn(t, tt.name, tt.api)
			s := sender(t, base)
			s.Config.Backend.Type, s.Config.Backend.API = tt.name, tt.api
			s.Answer = &strings.Builder{}
			r := send(t, t.Context(), s)

			require.Equal(t, event.StatusOK, r.Status, r.Error)
			require.Equal(t, tt.flags, r.Flags)
			require.Equal(t, tt.finish, r.FinishReason)
			require.Equal(t, tt.tokens, r.Tokens)
			require.Contains(t, []string{"Four grams", " Four grams.", " Four grams"}, s.Answer.String())

			// Nothing is told before it came, and what came apart is told apart.
			written := func(event int) int64 { return (time.Duration(event+1) * pause).Nanoseconds() }
			require.GreaterOrEqual(t, *r.FirstTokenAfterNS, written(tt.first))
			require.GreaterOrEqual(t, *r.FirstOutputAfterNS, written(tt.output))
			require.GreaterOrEqual(t, *r.LastTokenAfterNS, written(tt.last))
			require.GreaterOrEqual(t, r.EndAfterNS, written(len(events)-1))
			if tt.first == tt.output {
				require.Equal(t, *r.FirstTokenAfterNS, *r.FirstOutputAfterNS)
			} else {
				require.LessOrEqual(t, *r.FirstTokenAfterNS, *r.FirstOutputAfterNS)
			}
			require.Len(t, r.ChunkGapsNS, tt.arrivals)
			require.Equal(t, *r.FirstTokenAfterNS, r.ChunkGapsNS[0])
			var sum int64
			for _, gap := range r.ChunkGapsNS {
				sum += gap
			}
			require.Equal(t, *r.LastTokenAfterNS, sum)
		})
	}
}

// TestDialectFailures sends one request to each server in trouble, in the words that
// its source has for it.
func TestDialectFailures(t *testing.T) {
	events := func(lines ...string) script.Answer {
		return raw(streamHead + chunked(strings.Join(lines, "\n\n")+"\n\n") + theEnd)
	}
	plain := func(status int, body string) script.Answer { return script.Plain(status, "application/json", body) }
	const (
		tgiToken    = `data:{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Four"},"logprobs":null,"finish_reason":null}],"usage":null}`
		ollamaToken = `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Four"},"finish_reason":null}]}`
		ollamaError = `data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`
		tooLong     = "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 100 `max_new_tokens`"
	)
	for _, tt := range []struct {
		name, backend string
		answer        script.Answer
		class         wire.Class
	}{
		{"SGLang's prompt is too long", "sglang", plain(400, `{"object":"error","message":"The input (9000 tokens) is longer than the model's context length (4096 tokens).","type":"BadRequestError","param":null,"code":400}`), wire.ContextLength},
		{"SGLang's answer is too long", "sglang", plain(400, `{"object":"error","message":"max_completion_tokens is too large: 9000.This model supports at most 4096 completion tokens.","type":"BadRequestError","param":null,"code":400}`), wire.ContextLength},
		{"SGLang says so in the stream", "sglang", events(`data: {"error":{"object":"error","message":"The input (9000 tokens) is longer than the model's context length (4096 tokens).","type":"BadRequestError","param":null,"code":400}}`, "data: [DONE]"), wire.ContextLength},
		{"SGLang's queue is full", "sglang", events(`data: {"error":{"object":"error","message":"The request queue is full.","type":"SERVICE_UNAVAILABLE","param":null,"code":503}}`, "data: [DONE]"), wire.Overload},
		{"SGLang gives up", "sglang", events(`data: {"choices":[{"index":0,"delta":{"content":"Four"},"finish_reason":null}]}`, `data: {"choices":[{"index":0,"delta":{"content":null},"finish_reason":"abort"}]}`, "data: [DONE]"), wire.ErrorInStream},
		{"TGI's prompt is too long", "tgi", plain(422, `{"error":"`+tooLong+`","error_type":"validation"}`), wire.ContextLength},
		{"TGI's prompt alone is too long", "tgi", plain(422, "{\"error\":\"Input validation error: `inputs` must have less than 4095 tokens. Given: 9000\",\"error_type\":\"validation\"}"), wire.ContextLength},
		{"TGI says so in the stream", "tgi", events(`data:{"error":"` + tooLong + `","error_type":"validation"}`), wire.ContextLength},
		{"TGI's value is bad", "tgi", plain(422, "{\"error\":\"Input validation error: `temperature` must be strictly positive\",\"error_type\":\"validation\"}"), wire.BadRequest},
		{"TGI is full", "tgi", plain(429, `{"error":"Model is overloaded","error_type":"overloaded"}`), wire.Overload},
		{"TGI is full when the stream is open", "tgi", events(`data:{"error":"Model is overloaded","error_type":"overloaded"}`), wire.Overload},
		{"TGI's generation fails", "tgi", plain(424, `{"error":"Request failed during generation: Server error: CUDA out of memory","error_type":"generation"}`), wire.ServerError},
		{"TGI's generation fails half way", "tgi", events(tgiToken, `data:{"error":"Request failed during generation: Server error: ","error_type":"generation"}`), wire.ErrorInStream},
		{"Ollama has no such model", "ollama", plain(404, `{"error":{"message":"model 'm' not found","type":"not_found_error","param":null,"code":null}}`), wire.NotFound},
		{"Ollama's prompt is too long", "ollama", plain(400, `{"error":{"message":"the input length exceeds the context length","type":"invalid_request_error","param":null,"code":null}}`), wire.ContextLength},
		{"Ollama is full", "ollama", plain(503, `{"error":{"message":"server busy, please try again.  maximum pending requests exceeded","type":"api_error","param":null,"code":null}}`), wire.Overload},
		{"Ollama's runner dies, which its stream does not tell", "ollama", events(ollamaToken, ollamaError), wire.BrokenStream},
		{"transformers has another model", "pytorch", plain(400, `{"detail":"Server is pinned to 'other'; requested 'm'."}`), wire.BadRequest},
		{"transformers is out of memory half way", "pytorch", events(`data: {"choices":[{"delta":{"role":"assistant"},"index":0}]}`, `data: {"error": "CUDA out of memory."}`), wire.ErrorInStream},
		{"transformers ends without a reason", "pytorch", events(`data: {"choices":[{"delta":{"role":"assistant"},"index":0}]}`), wire.BrokenStream},
		{"OpenAI's key is wrong", "openai", plain(401, `{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`), wire.Unauthorized},
		{"OpenAI's prompt is too long", "openai", plain(400, `{"error":{"message":"Your input exceeds the limit.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`), wire.ContextLength},
		{"OpenAI's quota is used up", "openai", plain(429, `{"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}`), wire.Overload},
		{"OpenAI breaks off", "openai", events(`data: {"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}`), wire.ErrorInStream},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := sender(t, serve(t, func(script.Request) script.Answer { return tt.answer }))
			s.Config.Backend.Type = tt.backend
			r := send(t, t.Context(), s)
			require.Equal(t, event.StatusFailed, r.Status)
			require.Equal(t, string(tt.class), r.ErrorClass, r.Error)
		})
	}
}
