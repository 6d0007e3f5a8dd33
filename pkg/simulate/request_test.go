package simulate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRequestIsRead(t *testing.T) {
	q, problem := decodeRequest([]byte(`{"model":"m","messages":[
		{"role":"system","content":"Be brief."},
		{"role":"user","content":[{"type":"text","text":"Hello "},{"type":"text","text":"world"}]},
		{"role":"assistant","content":null}],
		"max_tokens":3,"max_completion_tokens":9,"min_tokens":2,"ignore_eos":true,"stop":"x","seed":-1,"n":2,"unknown":{},
		"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true},"chat_template_kwargs":{"enable_thinking":false}}`), true)
	require.Nil(t, problem)
	require.Equal(t, 9, *q.maxTokens, "the newer name wins")
	require.Equal(t, 2, q.minTokens)
	require.Equal(t, []string{"x"}, q.stop)
	require.True(t, q.stream && q.includeUsage && q.continuous && q.ignoreEOS)
	require.False(t, q.thinking)
	require.Equal(t, []int{3 + 3*4 + countTokens("Be brief.") + countTokens("Hello world")}, q.tokens)

	for body, tokens := range map[string][]int{
		`{"prompt":"Hello world"}`:                              {3},
		`{"prompt":"Hello world","add_special_tokens":false}`:   {2},
		`{"prompt":["Hello world","x"]}`:                        {3, 2},
		`{"prompt":[1,2,3]}`:                                    {3},
		`{"prompt":[[1,2],[3]]}`:                                {2, 1},
		`{"prompt":""}`:                                         {1},
		`{"prompt":"a","stream_options":null,"stop":["a","b"]}`: {2},
	} {
		q, problem := decodeRequest([]byte(body), false)
		require.Nil(t, problem, body)
		require.Equal(t, tokens, q.tokens, body)
	}
}

func TestBadRequestIsRefused(t *testing.T) {
	for _, c := range []struct{ name, body, kind, param, says string }{
		{"not JSON", `{`, badRequest, "", "1 validation error"},
		{"not an object", `[]`, badRequest, "", "1 validation error"},
		{"wrong type", `{"prompt":"x","max_tokens":"many"}`, badRequest, "body.max_tokens", "string"},
		{"fraction", `{"prompt":"x","max_tokens":1.5}`, badRequest, "body.max_tokens", "max_tokens"},
		{"no prompt", `{}`, badRequest, "body.prompt", "required"},
		{"prompt of another kind", `{"prompt":{}}`, badRequest, "body.prompt", "prompt"},
		{"empty prompt", `{"prompt":"","add_special_tokens":false}`, badValue, "prompt", "empty"},
		{"no prompts", `{"prompt":[]}`, badValue, "prompt", "No prompt"},
		{"zero tokens", `{"prompt":"x","max_tokens":0}`, badValue, "max_tokens", "at least 1"},
		{"min over max", `{"prompt":"x","max_tokens":3,"min_tokens":4}`, badValue, "min_tokens", "less than or equal to max_tokens=3, got 4."},
		{"negative min", `{"prompt":"x","min_tokens":-1}`, badValue, "min_tokens", "-1"},
		{"options without stream", `{"prompt":"x","stream_options":{}}`, badValue, "stream_options", "stream=True"},
		{"temperature", `{"prompt":"x","temperature":-0.5}`, badValue, "temperature", "-0.5"},
		{"top_p", `{"prompt":"x","top_p":0}`, badValue, "top_p", "top_p"},
		{"n", `{"prompt":"x","n":0}`, badValue, "n", "got 0"},
		{"huge n", `{"prompt":["x","y"],"n":600}`, badValue, "n", "600"},
		{"stop of another kind", `{"prompt":"x","stop":7}`, badRequest, "body.stop", "stop"},
		{"empty stop", `{"prompt":"x","stop":[""]}`, badValue, "stop", "empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problem := decodeRequest([]byte(c.body), false)
			require.NotNil(t, problem)
			require.Equal(t, 400, problem.status)
			require.Equal(t, c.kind, problem.kind)
			require.Equal(t, c.param, problem.param)
			require.Contains(t, problem.message, c.says)
		})
	}
	for _, body := range []string{`{}`, `{"messages":[]}`, `{"messages":[{"content":"x"}]}`, `{"messages":[{"role":"user","content":7}]}`} {
		_, problem := decodeRequest([]byte(body), true)
		require.NotNil(t, problem, body)
		require.Equal(t, "body.messages", problem.param)
	}
}

func TestTokensAreCounted(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "a": 1, "Hello": 1, "energy per request": 4, "internationalisation": 4, "12345": 2, "a  b": 3, "x=1;": 4, "Wörter": 1, "\n": 0,
	} {
		require.Equal(t, want, countTokens(text), text)
	}
	prose := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 20)
	require.InDelta(t, 200, countTokens(prose), 20)
}

func TestRequestIDIsParsed(t *testing.T) {
	for id, want := range map[string]entry{
		"01j.q.1":     {run: "01j", request: "q", attempt: 1},
		"01j.a.b.c.2": {run: "01j", request: "a.b.c", attempt: 2},
		"":            {}, "x": {request: "x"}, "a.1": {request: "a.1"}, ".b.1": {request: ".b.1"},
		"a.b.c": {request: "a.b.c"}, "a.b.-1": {request: "a.b.-1"}, "a..1": {request: "a..1"},
	} {
		run, request, attempt := parseRequestID(id)
		require.Equal(t, want, entry{run: run, request: request, attempt: attempt}, id)
	}
}

func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		`{"prompt":"x","max_tokens":3}`, `{"messages":[{"role":"user","content":[{"text":"a"}]}],"stream":true,"stream_options":{"include_usage":true}}`,
		`{"prompt":[[1,2],[3]],"n":3,"stop":["a"],"min_tokens":2}`, `{"prompt":["a","b"],"echo":true}`, `[]`, `null`, `{"prompt":null}`,
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	s := &Simulator{cfg: DefaultConfig()}
	f.Fuzz(func(t *testing.T, body []byte, chat bool) {
		q, problem := decodeRequest(body, chat)
		if problem != nil {
			require.Equal(t, 400, problem.status)
			require.NotEmpty(t, problem.body())
			return
		}
		require.Len(t, q.tokens, len(q.prompts))
		for i, tokens := range q.tokens {
			require.Positive(t, tokens)
			if s.fits(q, i, tokens) != nil {
				return
			}
		}
		if q.maxTokens == nil || *q.maxTokens > 200 {
			q.maxTokens = new(200)
			q.minTokens = min(q.minTokens, 200)
		}
		for _, one := range s.sequences(q, "r.q.1", false) {
			require.Positive(t, one.output)
			require.LessOrEqual(t, one.output, *q.maxTokens)
			require.GreaterOrEqual(t, one.output, one.spoken)
			if one.stop == "" {
				require.GreaterOrEqual(t, one.output, q.minTokens)
			}
		}
	})
}
