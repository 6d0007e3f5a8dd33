package aeb_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

// TestTextsThatAreNotKeptAreNowhere: with keep_prompts false no file that a run
// leaves, the broker's own and every output included, holds a word of a prompt.
// With it the broker's do, which shows that the search finds.
func TestTextsThatAreNotKeptAreNowhere(t *testing.T) {
	t.Parallel()
	const marker = "quetzalcoatlus"
	dataset := filepath.Join(t.TempDir(), "prompts.jsonl")
	var lines strings.Builder
	for i := range 20 {
		fmt.Fprintf(&lines, "{\"text\": \"%s number %d?\"}\n", marker, i)
	}
	require.NoError(t, os.WriteFile(dataset, []byte(lines.String()), 0o600))
	for _, keep := range []bool{true, false} {
		b := open(t, aeb.Options{ClickHouse: "off"})
		result := b.run(t, "scenario.dataset_name="+dataset, fmt.Sprint("scenario.keep_prompts=", keep), "scenario.num_samples=20")
		require.EqualValues(t, 20, result.Summary.Requests.OK)
		require.NoError(t, b.Close(t.Context()))
		b.Pipeline = nil
		require.Equal(t, keep, holds(t, b.dir, marker), "keep_prompts %t", keep)
	}
}

// holds searches every file below a folder.
func holds(t *testing.T, dir, text string) bool {
	t.Helper()
	found := false
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || bytes.Contains(content, []byte(text))
		return err
	}))
	return found
}
