package simulate

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// told is an answer whose sequences have run to their end, with times that make
// round numbers.
func told(t *testing.T, chat bool, body string, o Options) *answer {
	t.Helper()
	q, problem := decodeRequest([]byte(body), chat)
	require.Nil(t, problem)
	cfg := DefaultConfig()
	cfg.Options = o
	s := &Simulator{cfg: cfg}
	seqs := s.sequences(q, "run.q7.1", false)
	for _, one := range seqs {
		one.arrived, one.started, one.first, one.ended = 0, 5e6, 25e6, 25e6+int64(one.output-1)*10e6
		one.progress.Store(int64(one.output))
	}
	prefix := "cmpl-"
	if chat {
		prefix = "chatcmpl-"
	}
	return newAnswer(q, &s.cfg, prefix+"run.q7.1", 1_800_000_000, seqs)
}

const (
	completion = `{"model":"simulated-8b","prompt":"How much energy?","max_tokens":4,"ignore_eos":true`
	chatBody   = `{"model":"simulated-8b","messages":[{"role":"user","content":"How much energy?"}],"max_tokens":5,"ignore_eos":true`
)

func TestWire(t *testing.T) {
	for _, c := range []struct {
		name, body string
		chat       bool
		options    Options
	}{
		{"completion", completion + `}`, false, Options{}},
		{"completion_stream", completion + `,"stream":true}`, false, Options{}},
		{"completion_stream_usage", completion + `,"stream":true,"stream_options":{"include_usage":true}}`, false, Options{PerRequestMetrics: true}},
		{"completion_stream_continuous", completion + `,"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}`, false, Options{PromptTokensDetails: true}},
		{"completion_two_choices", completion + `,"stream":true,"n":2,"stream_options":{"include_usage":true}}`, false, Options{}},
		{"completion_stop", strings.Replace(completion, `"max_tokens":4`, `"max_tokens":4,"stop":["e"]`, 1) + `,"stream":true}`, false, Options{}},
		{"chat", chatBody + `}`, true, Options{PerRequestMetrics: true}},
		{"chat_stream_usage", chatBody + `,"stream":true,"stream_options":{"include_usage":true}}`, true, Options{}},
		{"chat_reasoning", chatBody + `}`, true, Options{Reasoning: true}},
		{"chat_reasoning_stream", chatBody + `,"stream":true,"stream_options":{"include_usage":true}}`, true, Options{Reasoning: true}},
		{"chat_forced_usage", chatBody + `,"stream":true}`, true, Options{ForceIncludeUsage: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := told(t, c.chat, c.body, c.options)
			if !a.request.stream {
				raw := a.whole(true)
				require.True(t, json.Valid(raw))
				golden(t, c.name+".json", append(raw, '\n'))
				return
			}
			raw := a.appendEnd(a.appendNew(nil, 1000))
			require.True(t, a.done())
			for event := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\n\n"), "\n\n") {
				data, ok := strings.CutPrefix(event, "data: ")
				require.True(t, ok)
				require.True(t, data == "[DONE]" || json.Valid([]byte(data)), data)
			}
			golden(t, c.name+".sse", raw)
		})
	}
}

// TestStreamAndWholeSayTheSame: one text, whichever way it is asked for.
func TestStreamAndWholeSayTheSame(t *testing.T) {
	for _, more := range []string{``, `,"stop":"or"`, `,"seed":7`, `,"min_tokens":5`} {
		body := `{"prompt":"one two three","max_tokens":60` + more
		streamed := told(t, false, body+`,"stream":true}`, Options{})
		var text strings.Builder
		finish := ""
		for event := range strings.SplitSeq(strings.TrimSpace(string(streamed.appendNew(nil, 1000))), "\n\n") {
			var chunk struct {
				Choices []struct {
					Text   string  `json:"text"`
					Finish *string `json:"finish_reason"`
				} `json:"choices"`
			}
			require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(event, "data: ")), &chunk))
			text.WriteString(chunk.Choices[0].Text)
			if f := chunk.Choices[0].Finish; f != nil {
				finish = *f
			}
		}
		var whole struct {
			Choices []struct {
				Text   string `json:"text"`
				Finish string `json:"finish_reason"`
			} `json:"choices"`
		}
		require.NoError(t, json.Unmarshal(told(t, false, body+`}`, Options{}).whole(true), &whole))
		require.Equal(t, whole.Choices[0].Text, text.String())
		require.Equal(t, whole.Choices[0].Finish, finish)
		require.NotEmpty(t, text.String())
	}
}

func TestPlanKeepsTheLimits(t *testing.T) {
	ended := 0
	for seed := range uint64(300) {
		p := newPlan(mix(seed), 40, limits{min: 10, max: 50})
		require.GreaterOrEqual(t, p.output, 10)
		require.LessOrEqual(t, p.output, 50)
		if p.finish == "stop" {
			ended++
			require.Equal(t, p.output-1, p.spoken, "the end of a sequence has no text")
		}
		require.Equal(t, 50, newPlan(mix(seed), 40, limits{max: 50, ignoreEOS: true}).output)
		require.Equal(t, "length", newPlan(mix(seed), 40, limits{max: 1}).finish)
	}
	require.InDelta(t, 210, ended, 45, "about 1-exp(-48/38) of them")
}

func TestStopStringIsCutOff(t *testing.T) {
	free := newPlan(5, 40, limits{max: 200, ignoreEOS: true})
	var text []byte
	for i := range free.output {
		text = appendToken(text, 5, i)
	}
	stop := string(text[100:104])
	at := strings.Index(string(text), stop)

	for _, keep := range []bool{false, true} {
		p := newPlan(5, 40, limits{max: 200, ignoreEOS: true, stop: []string{"§", stop}, keepStop: keep})
		require.Equal(t, "stop", p.finish)
		require.Equal(t, stop, p.stop)
		c := choice{sequence: &sequence{plan: p}}
		var got []byte
		for i := range p.output {
			got = c.appendText(got, i)
		}
		want := string(text[:at])
		if keep {
			want += stop
		}
		require.Equal(t, want, string(got))
	}
}

func BenchmarkChunk(b *testing.B) {
	q, _ := decodeRequest([]byte(`{"messages":[{"role":"user","content":"x"}],"stream":true}`), true)
	s := &Simulator{cfg: DefaultConfig()}
	seqs := s.sequences(q, "", false)
	seqs[0].output, seqs[0].spoken = 1<<40, 1<<40
	a := newAnswer(q, &s.cfg, "chatcmpl-x", 1, seqs)
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = a.appendToken(buf[:0], 0)
	}
}
