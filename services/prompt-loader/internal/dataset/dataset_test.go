package dataset

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func scenario(path, column string, n int64) config.Scenario {
	return config.Scenario{DatasetName: path, TextColumnName: column, NumSamples: n}
}

func texts(set Set) []string {
	out := make([]string, set.Len())
	for i := range out {
		out[i] = set.At(int64(i)).Text
	}
	return out
}

func read(t *testing.T, s config.Scenario) (Set, error) {
	t.Helper()
	return Load(t.Context(), s, hub.Client{})
}

func TestFormats(t *testing.T) {
	for _, c := range []struct{ name, file, content string }{
		{"json lines", "p.jsonl", "{\"text\":\"one\",\"n\":1}\n\n{\"text\":\"two\"}\r\n{\"text\":\"drei ü\"}"},
		{"json array", "p.json", `[{"text":"one"},{"text":"two"},{"text":"drei \u00fc"}]`},
		{"json objects in a row", "p.json", "\ufeff {\"text\":\"one\"} {\"text\":\n\"two\"}\n{\"text\":\"drei ü\"}"},
		{"csv", "p.csv", "\ufeffid,text\n1,one\n2,\"two\"\n3,drei ü\n"},
		{"tsv", "p.tsv", "text\tid\none\t1\ntwo\t2\ndrei ü\t3\n"},
		{"text", "p.txt", "one\n\n  two  \ndrei ü"},
	} {
		t.Run(c.name, func(t *testing.T) {
			prompts, err := read(t, scenario(write(t, c.file, c.content), "text", 10))
			require.NoError(t, err)
			require.Equal(t, []string{"one", "two", "drei ü"}, texts(prompts))
		})
	}
}

func TestQuotedFieldsKeepTheirLines(t *testing.T) {
	path := write(t, "p.csv", "text,id\n\"a, \"\"b\"\"\nc\",1\n")
	prompts, err := read(t, scenario(path, "text", 1))
	require.NoError(t, err)
	require.Equal(t, "a, \"b\"\nc", prompts.At(0).Text)
}

func TestFailuresSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct {
		name, file, content, column string
		want                        error
		class                       string
		says                        []string
	}{
		{"no such column", "p.jsonl", `{"prompt":"a","id":1}`, "text", ErrColumn, "dataset_column", []string{`"text"`, "id, prompt", ":1"}},
		{"no such csv column", "p.csv", "a,b\n1,2\n", "text", ErrColumn, "dataset_column", []string{"a, b"}},
		{"empty file", "p.jsonl", "", "text", ErrEmpty, "dataset_empty", nil},
		{"blank lines only", "p.txt", "\n \n", "text", ErrEmpty, "dataset_empty", nil},
		{"empty array", "p.json", "[]", "text", ErrEmpty, "dataset_empty", nil},
		{"header only", "p.csv", "text\n", "text", ErrEmpty, "dataset_empty", nil},
		{"broken line", "p.jsonl", "{\"text\":\"a\"}\n{oops", "text", ErrFormat, "dataset", []string{":2"}},
		{"null", "p.jsonl", `{"text":null}`, "text", ErrFormat, "dataset", []string{"null"}},
		{"an object around", "p.json", `{"data":[{"text":"a"}]}`, "text", ErrColumn, "dataset_column", []string{"data"}},
		{"not objects", "p.json", `["a"]`, "text", ErrFormat, "dataset", []string{":1", "not a JSON object"}},
		{"cut array", "p.json", `[{"text":"a"}`, "text", ErrFormat, "dataset", []string{"does not end"}},
		{"ragged csv", "p.csv", "text,id\na\n", "text", ErrFormat, "dataset", nil},
		{"unknown ending", "p.docx", "x", "text", ErrFormat, "dataset", []string{".docx"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(t, scenario(write(t, c.file, c.content), c.column, 10))
			require.ErrorIs(t, err, c.want)
			require.Equal(t, c.class, Class(err))
			for _, s := range c.says {
				require.ErrorContains(t, err, s)
			}
		})
	}
}

func TestMissingFileIsNotAHubName(t *testing.T) {
	_, err := read(t, scenario("./nowhere.jsonl", "text", 1))
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, "nowhere.jsonl")
}

func TestBuiltinPromptsAreDistinct(t *testing.T) {
	prompts, err := read(t, scenario(config.DatasetBuiltin, "", 1000))
	require.NoError(t, err)
	require.GreaterOrEqual(t, prompts.Len(), int64(30))
	seen := map[string]bool{}
	for _, text := range texts(prompts) {
		require.False(t, seen[text], text)
		seen[text] = true
	}
}
