package wire

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestEventsOfAResponse(t *testing.T) {
	usage, metrics := []byte(`{"input_tokens":1,"output_tokens":2}`), []byte(`{"queue_time_ms":0.1}`)
	ended := func(kind, rest string) string {
		return `{"response":{"id":"r","output":[{"usage":5}],"usage":` + string(usage) + rest + `},"type":"response.` + kind + `"}`
	}
	for _, tt := range []struct {
		name, data string
		want       Chunk
	}{
		{"created", `{"type":"response.created","response":{"status":"in_progress","error":null,"usage":null}}`, Chunk{}},
		{"text, its type last", responseDelta, Chunk{Choice: true, Text: true}},
		{"token without text", `{"type":"response.output_text.delta","delta":""}`, Chunk{Choice: true}},
		{"the whole text again", `{"type":"response.output_text.done","text":"a b"}`, Chunk{}},
		{"refusal", `{"type":"response.refusal.delta","delta":"no"}`, Chunk{Choice: true, Text: true}},
		{"reasoning", `{"type":"response.reasoning_text.delta","delta":"hm"}`, Chunk{Choice: true, Reasoning: true}},
		{"summary of reasoning", `{"type":"response.reasoning_summary_text.delta","delta":"hm"}`, Chunk{Choice: true, Reasoning: true}},
		{"tool call", `{"type":"response.function_call_arguments.delta","delta":"{"}`, Chunk{Choice: true}},
		{"another API's delta", `{"type":"content_block_delta","delta":"a"}`, Chunk{}},
		{"completed", ended("completed", `,"status":"completed"`), Chunk{Done: true, Finish: "stop", Usage: usage}},
		{"incomplete", ended("incomplete", `,"incomplete_details":{"x":1,"reason":"max_output_tokens"}`), Chunk{Done: true, Finish: "length", Usage: usage}},
		{"filtered", ended("incomplete", `,"incomplete_details":{"reason":"content_filter"}`), Chunk{Done: true, Finish: "content_filter", Usage: usage}},
		{"incomplete, no reason", ended("incomplete", `,"incomplete_details":null`), Chunk{Done: true, Finish: "incomplete", Usage: usage}},
		{"completed, cut short", ended("completed", `,"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}`), Chunk{Done: true, Finish: "length", Usage: usage}},
		{"completed, cancelled", ended("completed", `,"status":"cancelled"`), Chunk{Done: true, Finish: "abort", Usage: usage}},
		{"completed, failed", ended("completed", `,"status":"failed"`), Chunk{Done: true, Finish: "error", Usage: usage}},
		{"completed, with timings", ended("completed", `,"metrics":`+string(metrics)), Chunk{Done: true, Finish: "stop", Usage: usage, Metrics: metrics}},
		{"completed, no response", `{"type":"response.completed","response":[]}`, Chunk{Done: true, Finish: "stop"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c Chunk
			require.NoError(t, c.Parse([]byte(tt.data)))
			require.Equal(t, tt.want, c)
		})
	}
	for name, data := range map[string]string{
		"failed": `{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"it broke"}}}`,
		"error":  `{"type":"error","code":"server_error","message":"it broke","param":null,"sequence_number":3}`,
		"nested": `{"type":"error","error":{"message":"it broke"}}`,
		"bare":   `{"type":"response.failed","message":"it broke"}`,
	} {
		var c Chunk
		var e *Error
		require.ErrorAs(t, c.Parse([]byte(data)), &e, name)
		require.Equal(t, ErrorInStream, e.Class, name)
		require.Equal(t, "it broke", e.Text, name)
	}
	require.Equal(t, " é", Text([]byte(`{"type":"response.output_text.delta","delta":" \u00e9"}`)))
	require.Empty(t, Text([]byte(`{"type":"response.reasoning_text.delta","delta":"hm"}`)))
	require.Empty(t, Text([]byte(`{"type":"response.output_text.delta","delta":{}}`)))
}

const responseDelta = `{"content_index":0,"delta":" that","item_id":"msg_0","logprobs":[],"output_index":1,"sequence_number":7,"type":"response.output_text.delta"}`

func TestNothingIsAllocatedPerEventOfAResponse(t *testing.T) {
	end := []byte(`{"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":1,"output_tokens":2}}}`)
	text := []byte(responseDelta)
	var c Chunk
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if c.Parse(text) != nil || !c.Text || c.Parse(end) != nil || !c.Done {
			t.Fatal("no text, or no end")
		}
	}))
}

func BenchmarkResponseEvents(b *testing.B) {
	benchmarkEvents(b, "event: response.output_text.delta\ndata: "+responseDelta+"\n\n")
}

func TestUsageOfAResponse(t *testing.T) {
	require.Equal(t, event.Tokens{Source: event.TokensFromUsage, Input: new(int64(9)), Output: new(int64(5)), Cached: new(int64(4)), Reasoning: new(int64(3))},
		Usage([]byte(`{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":14}`)))
	require.Equal(t, event.Tokens{Source: event.TokensMissing}, Usage([]byte(`{"input_tokens":9,"output_tokens":-5}`)))
	require.Equal(t, event.Tokens{Source: event.TokensFromUsage, Input: new(int64(9)), Output: new(int64(5)), Reasoning: new(int64(2))},
		Usage([]byte(`{"prompt_tokens":9,"completion_tokens":5,"reasoning_tokens":2}`)), "SGLang's chats")
}
