package simulate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAResponseIsTheChatInOtherWords(t *testing.T) {
	s := serve(t, fast())
	status, body := call(t, s, "/v1/responses", "run.q1.1", `{"input":"why is the sky blue","instructions":"be brief","max_output_tokens":8,"ignore_eos":true,"stream":true}`)
	require.Equal(t, 200, status, body)
	events := strings.Split(strings.TrimSuffix(body, "\n\n"), "\n\n")
	require.Len(t, events, 2+8+1)
	var text strings.Builder
	var last struct {
		Response struct {
			ID, Status string
			Output     []struct{ Content []struct{ Text string } }
			Incomplete struct{ Reason string } `json:"incomplete_details"`
			Usage      struct {
				Input  int `json:"input_tokens"`
				Output int `json:"output_tokens"`
				Total  int `json:"total_tokens"`
			}
		}
	}
	for i, event := range events {
		name, data, ok := strings.Cut(event, "\ndata: ")
		require.True(t, ok, event)
		var e struct {
			Type   string
			Number int `json:"sequence_number"`
			Delta  string
		}
		require.NoError(t, json.Unmarshal([]byte(data), &e), data)
		require.Equal(t, "event: "+e.Type, name)
		require.Equal(t, i, e.Number)
		text.WriteString(e.Delta)
		if i == len(events)-1 {
			require.Equal(t, "response.incomplete", e.Type)
			require.NoError(t, json.Unmarshal([]byte(data), &last))
		}
	}
	r := last.Response
	require.Equal(t, "resp_run.q1.1", r.ID)
	require.Equal(t, "max_output_tokens", r.Incomplete.Reason)
	require.Equal(t, text.String(), r.Output[0].Content[0].Text)
	require.Equal(t, 8, r.Usage.Output)

	_, chat := call(t, s, "/v1/chat/completions", "", `{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"why is the sky blue"}],"max_tokens":8,"ignore_eos":true}`)
	var whole struct {
		Usage struct {
			PromptTokens int `json:"prompt_tokens"`
		}
		Choices []struct{ Message struct{ Content string } }
	}
	require.NoError(t, json.Unmarshal([]byte(chat), &whole))
	require.Equal(t, whole.Choices[0].Message.Content, text.String())
	require.Equal(t, whole.Usage.PromptTokens, r.Usage.Input)
}

func TestResponsesThatAreRefused(t *testing.T) {
	for body, want := range map[string]string{
		`{"stream":true}`:              "input: field required",
		`{"input":5,"stream":true}`:    "neither a string nor a list",
		`{"input":[],"stream":true}`:   "neither a string nor a list",
		`{"input":"x"}`:                "streams only",
		`{"input":"x","stream":"yes"}`: "stream",
	} {
		_, problem := decodeResponse([]byte(body))
		require.ErrorContains(t, problem, want, body)
	}
}

func TestReasoningOfAResponse(t *testing.T) {
	cfg := fast()
	cfg.Options.Reasoning = true
	s := serve(t, cfg)
	const ask = `{"input":[{"role":"user","content":"why"}],"max_output_tokens":10,"ignore_eos":true,"stream":true`
	_, body := call(t, s, "/v1/responses", "", ask+`}`)
	require.Equal(t, 4, strings.Count(body, "event: response.reasoning_text.delta"))
	require.Equal(t, 6, strings.Count(body, "event: response.output_text.delta"))
	require.Contains(t, body, `"output_tokens":10,"output_tokens_details":{"reasoning_tokens":4}`)
	_, body = call(t, s, "/v1/responses", "", ask+`,"reasoning":{"effort":"none"}}`)
	require.NotContains(t, body, "response.reasoning_text.delta")
}
