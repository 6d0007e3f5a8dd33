package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryOptionOfAGroupLoads: each file of configs' groups, alone in a run.
func TestEveryOptionOfAGroupLoads(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", "configs"))
	require.NoError(t, err)
	loader := Loader{Roots: []Root{Dir(root)}}
	dir := t.TempDir()
	tried := 0
	for _, group := range []string{"backend", "scenario", "load", "metrics", "reporter"} {
		files, err := filepath.Glob(filepath.Join(root, group, "*.yaml"))
		require.NoError(t, err)
		for _, file := range files {
			option := strings.TrimSuffix(filepath.Base(file), ".yaml")
			run := "defaults:\n  - " + group + ": " + option + "\n"
			if group+option == "loadtrace" {
				run += "  - scenario: mooncake\n"
			}
			path := filepath.Join(dir, group+"-"+option+".yaml")
			require.NoError(t, os.WriteFile(path, []byte(run), 0o600))
			_, err := loader.LoadRun(path)
			require.NoError(t, err, "%s/%s", group, option)
			tried++
		}
	}
	require.Greater(t, tried, 20)
}
