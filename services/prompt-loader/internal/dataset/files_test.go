package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var three = []string{"one", "two", "drei ü"}

// TestFilesOfDatasets reads what the Python library wrote
// (testdata/make_fixtures.py).
func TestFilesOfDatasets(t *testing.T) {
	for _, c := range []struct {
		path, column, split string
		want                []string
	}{
		{"rows.parquet", "text", "", three},
		{"rows.parquet", "id", "", []string{"1", "2", "3"}},
		{"rows.parquet", "score", "", []string{"0.5", "1.5", "2.25"}},
		{"rows.parquet", "good", "", []string{"true", "false", "true"}},
		{"rows.parquet", "kind", "", []string{"0", "1", "0"}},
		{"conversations.parquet", "conversations", "", []string{"Why is the sky blue?", "drei ü"}},
		{"messages.parquet", "messages", "", []string{"one", "two"}},
		{"encodings.parquet", "dictionary", "", []string{"one", "two", "one"}},
		{"encodings.parquet", "large", "", three},
		{"encodings.parquet", "view", "", three},
		{"encodings.parquet", "binary", "", []string{"one", "two", "three"}},
		{"delta.parquet", "large", "", three},
		{"saved", "text", "", three},
		{"saved", "score", "", []string{"0.5", "1.5", "2.25"}},
		{"saved_splits", "text", "train", three},
		{"saved_splits", "conversations", "test", []string{"Why is the sky blue?", "drei ü"}},
		{"saved/data-00000-of-00001.arrow", "text", "", three},
	} {
		t.Run(c.path+" "+c.column, func(t *testing.T) {
			s := scenario(filepath.Join("testdata", c.path), c.column, 100)
			s.Split = c.split
			set, err := read(t, s)
			require.NoError(t, err)
			require.Equal(t, c.want, texts(set))
			require.Contains(t, set.Origin, c.path)
		})
	}
}

func TestRowGroupsAreReadInOrder(t *testing.T) {
	set, err := read(t, scenario("testdata/groups.parquet", "text", 1000))
	require.NoError(t, err)
	require.EqualValues(t, 300, set.Len())
	for i, text := range texts(set) {
		require.Equal(t, fmt.Sprintf("row %d", i), text)
	}
}

func TestFileFailures(t *testing.T) {
	for _, c := range []struct {
		path, column, split string
		want                error
		says                string
	}{
		{"rows.parquet", "prompt", "", ErrColumn, `"prompt"; it has text, id, score, good, kind, output_tokens`},
		{"saved", "prompt", "", ErrColumn, `"prompt"; it has text, id, score, good, kind, output_tokens`},
		{"rows.parquet", "output_tokens", "", ErrFormat, `:2: dataset cannot be read: column "output_tokens" is null`},
		{"encodings.parquet", "list", "", ErrFormat, ":3:"},
		{"empty.parquet", "text", "", ErrEmpty, ""},
		{"feather.arrow", "text", "", ErrFormat, "only the streaming one"},
		{"saved_splits", "text", "dev", ErrNotFound, `no split "dev"; it has train, test`},
		{".", "text", "", ErrFormat, "several formats"},
	} {
		t.Run(c.path+" "+c.column, func(t *testing.T) {
			s := scenario(filepath.Join("testdata", c.path), c.column, 100)
			s.Split = c.split
			_, err := read(t, s)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestFilesWithoutWhatIsAskedFor(t *testing.T) {
	_, err := read(t, scenario(t.TempDir(), "text", 1))
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, "no dataset file")

	s := scenario(write(t, "p.txt", "a"), "text", 1)
	s.OutputTokensColumn = "n"
	_, err = read(t, s)
	require.ErrorIs(t, err, ErrColumn)
	require.ErrorContains(t, err, "only lines of text")
}

func TestDamagedFilesAreRefused(t *testing.T) {
	for _, path := range []string{"testdata/rows.parquet", "testdata/encodings.parquet", "testdata/saved/data-00000-of-00001.arrow"} {
		whole, err := os.ReadFile(path)
		require.NoError(t, err)
		for end := range len(whole) - 8 {
			cut := write(t, "cut"+filepath.Ext(path), string(whole[:end]))
			_, err = read(t, scenario(cut, "text", 100))
			require.Error(t, err, "%s cut to %d", path, end)
		}
	}
}

func TestDeclaredLengthsAndTimes(t *testing.T) {
	s := scenario(write(t, "p.csv", "text,in,out,at\na,10,20,1500\nb,11,21.0,1500.5\n"), "text", 10)
	s.InputTokensColumn, s.OutputTokensColumn, s.TimestampColumn = "in", "out", "at"
	set, err := read(t, s)
	require.NoError(t, err)
	require.True(t, set.Timed)
	require.EqualValues(t, 10, *set.At(0).InputTokens)
	require.EqualValues(t, 21, *set.At(1).OutputTokens)
	require.EqualValues(t, 500_000, set.At(1).Arrival)

	s = scenario("testdata/rows.parquet", "text", 10)
	s.OutputTokensColumn = "output_tokens"
	set, err = read(t, s)
	require.NoError(t, err)
	require.EqualValues(t, 7, *set.At(0).OutputTokens)
	require.Nil(t, set.At(1).OutputTokens, "null declares nothing")

	for _, f := range []struct{ line, says string }{
		{"a,-1,1,1", `column "in"`},
		{"a,1.5,1,1", `column "in"`},
		{"a,1,x,1", `column "out"`},
		{"a,1,1,", `column "at"`},
		{"a,1,1,-2", `column "at"`},
		{"a,1,1,NaN", `column "at"`},
		{"a,1,1,1e99", `column "at"`},
	} {
		s := scenario(write(t, "p.csv", "text,in,out,at\n"+f.line+"\n"), "text", 10)
		s.InputTokensColumn, s.OutputTokensColumn, s.TimestampColumn = "in", "out", "at"
		_, err := read(t, s)
		require.ErrorIs(t, err, ErrFormat, f.line)
		require.ErrorContains(t, err, f.says, f.line)
		require.ErrorContains(t, err, "p.csv:2", f.line)
	}
}

func TestFormatOverridesTheEnding(t *testing.T) {
	path := write(t, "prompts.data", "{\"text\":\"one\"}\n")
	s := scenario(path, "text", 1)
	s.DatasetFormat = "jsonl"
	set, err := read(t, s)
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, texts(set))
}

func TestFolderOfFilesIsReadInOrder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.jsonl", "a.jsonl"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(`{"text":"`+name+`"}`), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "README.md"), nil, 0o600))
	set, err := read(t, scenario(dir, "text", 9))
	require.NoError(t, err)
	require.Equal(t, []string{"a.jsonl", "b.jsonl"}, texts(set))
}
