package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestErrorTexts holds the whole text that a user sees for each kind of mistake.
func TestErrorTexts(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := Loader{}.LoadRun(file)
			require.Error(t, err)
			require.True(t, IsUsage(err))
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func TestOverrideErrorTexts(t *testing.T) {
	_, err := Loader{}.LoadRun("",
		"load.concurency=3", "scenario.num_samples=ten", "backend", "=5", "backend.model=a,b",
		"+load.type=poisson", "+load.type=constant", "~scenario.reasoning_params.effort",
		"backend.modle.x=1", "metrics.methods=[a", "foo=1", "backend.api_keey=sk-secret-1", "load.fail_fast={a: 1}")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "sk-secret")
	golden(t, "testdata/errors/overrides.golden", err.Error()+"\n")
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
