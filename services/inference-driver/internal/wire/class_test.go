package wire

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStatusesHaveClasses(t *testing.T) {
	const vllm = `{"error":{"message":"M","type":"T","param":null,"code":400}}`
	for _, tt := range []struct {
		name   string
		status int
		body   string
		class  Class
		text   string
	}{
		{"unknown model", 404, strings.Replace(vllm, "M", "The model `nope` does not exist.", 1), NotFound, "The model `nope` does not exist."},
		{"unknown path", 404, `{"detail":"Not Found"}`, NotFound, "Not Found"},
		{"context length", 400, strings.Replace(vllm, "M", "This model's maximum context length is 4096 tokens. However, ...", 1), ContextLength, "This model's maximum context length is 4096 tokens. However, ..."},
		{"context length, another wording", 400, strings.Replace(vllm, "M", "... the model's context length is only 10 tokens", 1), ContextLength, "... the model's context length is only 10 tokens"},
		{"an answer that no prompt leaves room for", 400, strings.Replace(vllm, "M", "max_tokens=5000 cannot be greater than max_model_len=4096. Please ...", 1), ContextLength, "max_tokens=5000 cannot be greater than max_model_len=4096. Please ..."},
		{"flat error", 400, `{"object":"error","message":"min_tokens must be","type":"BadRequestError","code":400}`, BadRequest, "min_tokens must be"},
		{"unprocessable", 422, `{"detail":[{"msg":"field required"}]}`, BadRequest, `{"detail":[{"msg":"field required"}]}`},
		{"no key", 401, `{"error":"Unauthorized"}`, Unauthorized, "Unauthorized"},
		{"forbidden", 403, ``, Unauthorized, "403 Forbidden"},
		{"too many", 429, `slow down`, Overload, "slow down"},
		{"unavailable", 503, ``, Overload, "503 Service Unavailable"},
		{"engine", 500, strings.Replace(vllm, "M", "EngineCore died", 1), ServerError, "EngineCore died"},
		{"not implemented", 501, ``, ServerError, "501 Not Implemented"},
		{"gateway", 502, `<html>bad gateway</html>`, ServerError, "<html>bad gateway</html>"},
		{"redirect", 307, ``, ServerError, "307 Temporary Redirect"},
		{"no content", 204, ``, ServerError, "204 No Content"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := fromStatus(tt.status, []byte(tt.body))
			require.Equal(t, tt.class, e.Class)
			require.Equal(t, tt.status, e.Status)
			require.Equal(t, tt.text, e.Text)
		})
	}
}

func TestErrorEventsHaveClasses(t *testing.T) {
	for data, want := range map[string]Class{
		`{"error":{"message":"M","type":"Service Unavailable","param":null,"code":503}}`: Overload,
		`{"error":{"message":"M","code":"429"}}`:                                         Overload,
		`{"error":"M","code":503}`:                                                       Overload,
		`{"object":"error","message":"M","code":503}`:                                    Overload,
		`{"type":"error","code":"server_error","message":"M"}`:                           ErrorInStream,
		`{"error":{"message":"M","code":500}}`:                                           ErrorInStream,
		`{"error":{"message":"M","code":{"503":503}}}`:                                   ErrorInStream,
	} {
		var c Chunk
		var e *Error
		require.ErrorAs(t, c.Parse([]byte(data)), &e, data)
		require.Equal(t, want, e.Class, data)
		require.Equal(t, "M", e.Text)
	}
}

func TestSecretsAreRedacted(t *testing.T) {
	for _, text := range []string{
		"bad header Authorization: Bearer s3cr3t-value",
		`{"headers":{"authorization":"Bearer s3cr3t-value"}}`,
		"Incorrect API key provided: s3cr3t-value",
		`{"api_key":"s3cr3t-value"}`,
		"api-key=s3cr3t-value&x=1",
		`password: "s3cr3t-value"`,
		"dial http://user:s3cr3t-value@host:1/v1: refused",
		"access_token = s3cr3t-value",
	} {
		redacted := Redact(text)
		require.NotContains(t, redacted, "s3cr3t", text)
		require.Contains(t, redacted, hidden)
	}
	require.NotContains(t, Redact("invalid key sk-abcdef0123456789"), "abcdef")
	require.NotContains(t, Redact("token hf_abcdef0123456789"), "abcdef")
	for _, harmless := range []string{"dial tcp 127.0.0.1:1: connect: connection refused", "http://host:8000/v1: 404", "see https://example.org/a@b", "128 tokens asked"} {
		require.Equal(t, harmless, Redact(harmless))
	}
	require.Len(t, []rune(Redact(strings.Repeat("é", 2000))), maxText)
	require.Equal(t, "a\uFFFDb", Redact("a\xffb"))
}

func FuzzRedact(f *testing.F) {
	f.Add("Bearer abc", "api_key=x")
	f.Fuzz(func(t *testing.T, before, after string) {
		const secret = "tok3nTok3n"
		require.NotContains(t, Redact("Bearer "+secret+" "+after), secret)
		require.LessOrEqual(t, len([]rune(Redact(before+after))), maxText)
	})
}

func TestUsage(t *testing.T) {
	tokens := Usage([]byte(`{"prompt_tokens":8,"total_tokens":20,"completion_tokens":12,"prompt_tokens_details":{"cached_tokens":4,"created_cache_tokens":0},"completion_tokens_details":{"reasoning_tokens":5}}`))
	require.EqualValues(t, "usage", tokens.Source)
	require.EqualValues(t, 8, *tokens.Input)
	require.EqualValues(t, 12, *tokens.Output)
	require.EqualValues(t, 4, *tokens.Cached)
	require.EqualValues(t, 5, *tokens.Reasoning)

	tokens = Usage([]byte(`{"prompt_tokens":8,"completion_tokens":0,"prompt_tokens_details":null}`))
	require.EqualValues(t, 0, *tokens.Output)
	require.Nil(t, tokens.Cached)
	require.Nil(t, tokens.Reasoning)

	for _, raw := range []string{`{}`, `{"prompt_tokens":8}`, `{"completion_tokens":8}`, `{"prompt_tokens":-1,"completion_tokens":1}`, `{"prompt_tokens":"8","completion_tokens":1}`, `[]`, `7`} {
		tokens := Usage([]byte(raw))
		require.EqualValues(t, "missing", tokens.Source, raw)
		require.Nil(t, tokens.Input, raw)
	}
	require.Nil(t, Usage([]byte(`{"prompt_tokens":8,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":-3}}`)).Cached)
}

func TestTimings(t *testing.T) {
	timings, sane := Timings([]byte(`{"time_to_first_token_ms":7.161986000028264,"generation_time_ms":41.35278100011419,"queue_time_ms":0.0265589999344229,"mean_itl_ms":2.75,"tokens_per_second":329.7}`))
	require.True(t, sane)
	require.EqualValues(t, 7_161_986, *timings.FirstTokenNS)
	require.EqualValues(t, 41_352_781, *timings.GenerationNS)
	require.EqualValues(t, 26_559, *timings.QueueNS)

	timings, sane = Timings([]byte(`{"time_to_first_token_ms":null,"queue_time_ms":-1,"generation_time_ms":1e300}`))
	require.False(t, sane)
	require.Nil(t, timings)
	timings, sane = Timings([]byte(`{}`))
	require.True(t, sane)
	require.Nil(t, timings)
	_, sane = Timings([]byte(`[1]`))
	require.False(t, sane)
}

func TestIsJSON(t *testing.T) {
	for kind, want := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true,
		"text/event-stream; charset=utf-8": false, "": false, "text/plain": false, "///": false,
	} {
		require.Equal(t, want, isJSON(http.Header{"Content-Type": {kind}}), kind)
	}
}
