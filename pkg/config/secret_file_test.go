package config

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSecretOrFile(t *testing.T) {
	got, err := SecretOrFile("api_key", "given", "")
	require.NoError(t, err)
	require.Equal(t, "given", got.Reveal())

	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte(" from file\n"), 0o600))
	got, err = SecretOrFile("api_key", "", file)
	require.NoError(t, err)
	require.Equal(t, "from file", got.Reveal())

	_, err = SecretOrFile("api_key", "", file+"x")
	require.ErrorContains(t, err, "api_key_file: read")
	require.True(t, IsUsage(err))
}
