package dataset

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConversations(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"sharegpt", `[{"from":"human","value":"hi"},{"from":"gpt","value":"ho"}]`, "hi"},
		{"chat", `[{"role":"system","content":"s"},{"role":"User","content":"hi"}]`, "hi"},
		{"parts", `[{"role":"user","content":[{"type":"text","text":"hi "},{"type":"image_url"},{"type":"text","text":"you"}]}]`, "hi you"},
		{"answer first", `[{"from":"gpt","value":"ho"},{"from":"human","value":"hi"}]`, "hi"},
		{"blank turn", `[{"from":"human","value":" "},{"from":"human","value":"hi"}]`, "hi"},
		{"other fields", `[{"from":"human","value":"hi","weight":1,"markdown":null}]`, "hi"},
		{"a list of something else", `["a","b"]`, `["a","b"]`},
		{"objects that nobody says", `[{"text":"a"}]`, `[{"text":"a"}]`},
		{"an object", `{"role":"user","content":"a"}`, `{"role":"user","content":"a"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, err := read(t, scenario(write(t, "p.jsonl", `{"c":`+c.value+`}`), "c", 1))
			require.NoError(t, err)
			require.Equal(t, c.want, set.At(0).Text)
		})
	}
}

func TestAnswersDeclareTheOutputLength(t *testing.T) {
	path := write(t, "p.jsonl", `{"c":[{"from":"human","value":"hi"},{"from":"gpt","value":"ünf ünf!"}]}
{"c":[{"from":"human","value":"hi"},{"from":"human","value":"again"}]}
{"c":[{"from":"human","value":"hi"}]}`)
	s := scenario(path, "c", 3)
	set, err := read(t, s)
	require.NoError(t, err)
	require.Nil(t, set.At(0).OutputTokens)

	s.ReferenceOutput = true
	set, err = read(t, s)
	require.NoError(t, err)
	require.EqualValues(t, 2, *set.At(0).OutputTokens, "eight characters")
	require.Nil(t, set.At(1).OutputTokens)
	require.Nil(t, set.At(2).OutputTokens)
}

func TestConversationsWithoutAQuestionAreSkipped(t *testing.T) {
	s := scenario("testdata/conversations.parquet", "conversations", 10)
	s.ReferenceOutput = true
	set, err := read(t, s)
	require.NoError(t, err)
	require.EqualValues(t, 2, set.Len())
	require.EqualValues(t, 2, set.Skipped)
	require.EqualValues(t, 9, *set.At(0).OutputTokens)

	_, err = read(t, scenario(write(t, "p.jsonl", `{"c":[]}`), "c", 3))
	require.ErrorIs(t, err, ErrEmpty)
	require.ErrorContains(t, err, "none of 1 rows holds a prompt")
}
