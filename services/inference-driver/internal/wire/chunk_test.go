package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChunks(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       Chunk
	}{
		{"done", ` [DONE] `, Chunk{Done: true}},
		{"completions text", `{"id":"x","object":"text_completion","choices":[{"index":0,"text":" the","logprobs":null,"finish_reason":null,"stop_reason":null}]}`, Chunk{Choice: true, Text: true}},
		{"completions token without text", `{"choices":[{"index":0,"text":"","finish_reason":null}]}`, Chunk{Choice: true}},
		{"completions end", `{"choices":[{"text":"","finish_reason":"length"}]}`, Chunk{Choice: true, Finish: "length"}},
		{"old usage null", `{"choices":[{"text":"a"}],"usage":null}`, Chunk{Choice: true, Text: true}},
		{"chat opening", `{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"prompt_token_ids":null,"prompt_text":null}`, Chunk{Opening: true}},
		{"chat opening with text", `{"choices":[{"delta":{"role":"assistant","content":"a"}}]}`, Chunk{Choice: true, Text: true}},
		{"chat text", `{"choices":[{"index":0,"delta":{"content":"\"\\u00e9\\n"},"finish_reason":null}]}`, Chunk{Choice: true, Text: true}},
		{"chat end", `{"choices":[{"delta":{"content":""},"finish_reason":"stop","stop_reason":2}]}`, Chunk{Choice: true, Finish: "stop"}},
		{"reasoning, new name", `{"choices":[{"delta":{"reasoning":"hm"}}]}`, Chunk{Choice: true, Reasoning: true}},
		{"reasoning, old name", `{"choices":[{"delta":{"reasoning_content":"hm","content":null}}]}`, Chunk{Choice: true, Reasoning: true}},
		{"role repeated with reasoning", `{"choices":[{"delta":{"role":"assistant","reasoning":"hm"}}]}`, Chunk{Choice: true, Reasoning: true}},
		{"usage alone", `{"choices":[],"usage":{"prompt_tokens":8}}`, Chunk{Usage: []byte(`{"prompt_tokens":8}`)}},
		{"usage without choices", `{"usage":{"prompt_tokens":8}}`, Chunk{Usage: []byte(`{"prompt_tokens":8}`)}},
		{"continuous usage", `{"choices":[{"text":"a"}],"usage":{"completion_tokens":1}}`, Chunk{Choice: true, Text: true, Usage: []byte(`{"completion_tokens":1}`)}},
		{"server timings", `{"choices":[],"metrics":{"queue_time_ms":1}}`, Chunk{Metrics: []byte(`{"queue_time_ms":1}`)}},
		{"other finish", `{"choices":[{"text":"","finish_reason":"repetition"}]}`, Chunk{Choice: true, Finish: "repetition"}},
		{"text inside something else", `{"x":{"choices":[{"text":"a"}]},"choices":[]}`, Chunk{}},
		{"an error that is null", `{"error":null,"choices":[]}`, Chunk{}},
		{"wrong types", `{"choices":[1,null,{"text":5,"delta":[]}],"usage":null}`, Chunk{Choice: true}},
		{"white space", " {\r\n\t\"choices\" : [ { \"text\" : \"a\" } ] } ", Chunk{Choice: true, Text: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c Chunk
			require.NoError(t, c.Parse([]byte(tt.data)))
			require.Equal(t, tt.want, c)
		})
	}
}

func TestErrorsInAStream(t *testing.T) {
	for name, data := range map[string]string{
		"vLLM":        `{"error":{"message":"it broke","type":"InternalServerError","param":null,"code":500}}`,
		"text":        `{"error":"it broke"}`,
		"flat":        `{"object":"error","message":"it broke","code":500}`,
		"detail":      `{"error":true,"detail":"it broke"}`,
		"after words": `{"choices":[],"error":{"message":"it broke"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var c Chunk
			var e *Error
			require.ErrorAs(t, c.Parse([]byte(data)), &e)
			require.Equal(t, ErrorInStream, e.Class)
			require.Equal(t, "it broke", e.Text)
		})
	}
}

func TestMalformedChunks(t *testing.T) {
	for _, data := range []string{
		``, `null`, `[]`, `1`, `"x"`, `{`, `{"choices":[{"text":"a"}`, `{"choices":[{"text":"a"}]}}`, `{"a":1,}`, `{"a" 1}`, `{a:1}`,
		`{"a":"` + "\n" + `"}`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":nul}`, `{"a":[1 2]}`,
		`{"a":[,1]}`, `{"a":` + strings.Repeat("[", 20_000), `<html>`,
	} {
		var c Chunk
		var e *Error
		require.ErrorAs(t, c.Parse([]byte(data)), &e, "%.40s", data)
		require.Equal(t, MalformedChunk, e.Class, "%.40s", data)
		require.LessOrEqual(t, len(e.Text), maxText)
	}
}

// reference is the same reading by encoding/json, for data without repeated keys.
func reference(data []byte) (c Chunk, failed bool) {
	var p map[string]any
	if json.Unmarshal(data, &p) != nil {
		return c, true
	}
	str := func(v any) string { s, _ := v.(string); return s }
	failed = p["error"] != nil || str(p["object"]) == "error"
	kind, words := str(p["type"]), str(p["delta"]) != ""
	switch kind {
	case "error", "response.failed":
		failed = true
	case "response.completed", "response.incomplete":
		c.Done = true
	case "response.output_text.delta", "response.refusal.delta":
		c.Text = words
	case "response.reasoning_text.delta", "response.reasoning_summary_text.delta":
		c.Reasoning = words
	}
	c.Choice = strings.HasPrefix(kind, "response.") && strings.HasSuffix(kind, ".delta")
	choices, _ := p["choices"].([]any)
	for _, v := range choices {
		choice, ok := v.(map[string]any)
		if !ok {
			continue
		}
		delta, _ := choice["delta"].(map[string]any)
		text := str(choice["text"]) != "" || str(delta["content"]) != ""
		reasoning := str(delta["reasoning"]) != "" || str(delta["reasoning_content"]) != ""
		c.Text, c.Reasoning = c.Text || text, c.Reasoning || reasoning
		finish := str(choice["finish_reason"])
		if finish != "" {
			c.Finish = finish
		}
		content := str(delta["content"]) != "" || reasoning
		if str(delta["role"]) != "" && !content && finish == "" {
			c.Opening = true
		} else {
			c.Choice = true
		}
	}
	return c, failed
}

// repeats reports whether an object names a key twice, where readers may differ,
// or writes a key or a reason with an escape.
func repeats(data []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(data))
	var scopes []map[string]bool
	key := false
	for {
		token, err := dec.Token()
		if err != nil {
			return false
		}
		if d, ok := token.(json.Delim); ok {
			switch d {
			case '{':
				scopes, key = append(scopes, map[string]bool{}), true
			case '[':
				scopes, key = append(scopes, nil), false
			default:
				scopes = scopes[:len(scopes)-1]
				key = len(scopes) > 0 && scopes[len(scopes)-1] != nil
			}
			continue
		}
		if len(scopes) == 0 || scopes[len(scopes)-1] == nil {
			continue
		}
		if key {
			name := fmt.Sprint(token)
			if scopes[len(scopes)-1][name] {
				return true
			}
			scopes[len(scopes)-1][name] = true
		}
		key = !key
	}
}

func FuzzChunk(f *testing.F) {
	for _, s := range []string{
		`{"choices":[{"index":0,"text":" the","logprobs":null,"finish_reason":null}]}`,
		`{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":1}}`,
		`{"choices":[{"delta":{"reasoning":"x","reasoning_content":"y","content":"é"},"finish_reason":"stop"}],"metrics":{"queue_time_ms":1e-3}}`,
		`{"content_index":0,"delta":"a","item_id":"i","logprobs":[],"sequence_number":3,"type":"response.output_text.delta"}`,
		`{"type":"response.reasoning_text.delta","delta":"a"}`, `{"type":"response.reasoning_summary_text.delta","delta":""}`,
		`{"type":"response.function_call_arguments.delta","delta":"{"}`, `{"type":"response.created","response":{"status":"in_progress"}}`,
		`{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":1,"output_tokens":2}}}`,
		`{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}`,
		`{"type":"response.failed","response":{"error":{"message":"m"}}}`, `{"type":"error","message":"m"}`,
		`{"error":{"message":"m"}}`, `{"object":"error"}`, `[DONE]`, `{"a":[{},[],-0.5E+7,true,false,null,"\u00e9\\"]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Chunk
		err := c.Parse(data)
		data = bytes.TrimSpace(data)
		if string(data) == "[DONE]" {
			require.True(t, c.Done)
			return
		}
		var e *Error
		errors.As(err, &e)
		object := len(data) > 0 && data[0] == '{' && json.Valid(data)
		require.Equal(t, !object, e != nil && e.Class == MalformedChunk)
		if !object || bytes.Contains(data, []byte(`\u`)) || repeats(data) {
			return
		}
		want, failed := reference(data)
		require.Equal(t, failed, err != nil)
		if failed {
			return
		}
		require.True(t, c.Usage == nil || json.Valid(c.Usage))
		require.True(t, c.Metrics == nil || json.Valid(c.Metrics))
		c.Usage, c.Metrics = nil, nil
		if c.Done {
			require.NotEmpty(t, c.Finish)
			c.Finish, want.Finish = "", ""
		}
		require.Equal(t, want, c)
	})
}

func TestNothingIsAllocatedPerChunk(t *testing.T) {
	const chunks = 1000
	stream := []byte(strings.Repeat("data: "+chatChunk+"\n\n", chunks))
	e := NewEvents(nil, counter())
	var c Chunk
	allocs := testing.AllocsPerRun(10, func() {
		*e = Events{body: bytes.NewReader(stream), now: e.now, buf: e.buf, joined: e.joined}
		for range chunks {
			data, _, err := e.Next()
			if err != nil || c.Parse(data) != nil || !c.Text {
				t.Fatal("no text")
			}
		}
	})
	require.LessOrEqual(t, allocs, 2.0, "the reader of the stream, and nothing for its chunks")
}

const chatChunk = `{"id":"chatcmpl-01jd0000000000000000000000.r0000001.1","object":"chat.completion.chunk","created":1795518672,"model":"tiny-random-llama","choices":[{"index":0,"delta":{"content":" that"},"logprobs":null,"finish_reason":null,"token_ids":null}]}`

func BenchmarkChunk(b *testing.B) {
	data := []byte(chatChunk)
	var c Chunk
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := c.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEventsAndChunks(b *testing.B) { benchmarkEvents(b, "data: "+chatChunk+"\n\n") }

// benchmarkEvents reads and parses one event over and over.
func benchmarkEvents(b *testing.B, event string) {
	b.Helper()
	stream := []byte(strings.Repeat(event, 1000))
	e := NewEvents(nil, counter())
	var c Chunk
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if n%1000 == 0 {
			*e = Events{body: bytes.NewReader(stream), now: e.now, buf: e.buf}
		}
		n++
		data, _, err := e.Next()
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Parse(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "chunks/s")
}
