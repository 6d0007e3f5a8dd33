package dataset

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

// fuzzFile holds a reader to its promises: prompts or an error with a class,
// and the same of both when it reads again.
func fuzzFile(f *testing.F, name string, change func(*config.Scenario)) {
	f.Helper()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		s := scenario(path, "text", 100)
		if change != nil {
			change(&s)
		}
		set, err := Load(t.Context(), s, hub.Client{})
		again, errAgain := Load(t.Context(), s, hub.Client{})
		if err != nil {
			require.Contains(t, Class(err), "dataset")
			require.Error(t, errAgain)
			return
		}
		require.Positive(t, set.Len())
		require.LessOrEqual(t, set.Len(), int64(100))
		for i := range set.Len() {
			if n := set.at(i).InputTokens; n == nil || *n < 1<<12 {
				require.Equal(t, set.At(i), again.At(i))
			}
			require.True(t, i == 0 || !set.Timed || set.Arrival(i) >= set.Arrival(i-1), "arrivals in order")
		}
	})
}

func timestamps(s *config.Scenario) { s.TimestampColumn, s.ReferenceOutput = "at", true }

func FuzzJSONLines(f *testing.F) {
	f.Add([]byte("{\"text\":\"a\",\"at\":1}\n{\"text\":[{\"from\":\"human\",\"value\":\"b\"}],\"at\":0.5}"))
	fuzzFile(f, "p.jsonl", timestamps)
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`[{"text":"a"},{"text":null}]`))
	f.Add([]byte(`{"text":{"a":1}} {"text":2}`))
	fuzzFile(f, "p.json", nil)
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("text,at\n\"a\nb\",1\nc,2"))
	fuzzFile(f, "p.csv", timestamps)
}

func FuzzTSV(f *testing.F) {
	f.Add([]byte("id\ttext\n1\t\"a\"\n"))
	fuzzFile(f, "p.tsv", nil)
}

func FuzzText(f *testing.F) {
	f.Add([]byte("one\r\n\ntwo"))
	fuzzFile(f, "p.txt", nil)
}

func FuzzMooncake(f *testing.F) {
	f.Add([]byte(`{"timestamp":3,"input_length":600,"output_length":2,"hash_ids":[1,2]}`))
	fuzzFile(f, "p.jsonl", func(s *config.Scenario) { s.DatasetFormat = config.FormatMooncake })
}

func FuzzParquet(f *testing.F) {
	for _, name := range []string{"rows", "encodings", "conversations", "empty"} {
		addFile(f, "testdata/"+name+".parquet")
	}
	fuzzFile(f, "p.parquet", nil)
}

func FuzzArrow(f *testing.F) {
	addFile(f, "testdata/saved/data-00000-of-00001.arrow")
	addFile(f, "testdata/saved_splits/test/data-00000-of-00001.arrow")
	fuzzFile(f, "p.arrow", nil)
}

func addFile(f *testing.F, path string) {
	f.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(raw)
}
