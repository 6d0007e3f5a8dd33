package inferencedriver

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

func TestShippedConfigIsTheDefault(t *testing.T) {
	cfg := DefaultConfig()
	require.NoError(t, config.Loader{}.LoadService("../../configs/services/inference-driver.yaml", "AEB_", &cfg))
	require.Equal(t, DefaultConfig(), cfg)
	require.NoError(t, cfg.Validate())
}

func TestConfigReportsEveryProblem(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxInFlight, cfg.DrainS, cfg.APIKey, cfg.APIKeyFile, cfg.ClockEveryS = 0, -1, "k", "f", 0
	err := cfg.Validate()
	for _, key := range []string{"max_in_flight", "drain_s", "api_key_file", "clock_every_s"} {
		require.ErrorContains(t, err, key)
	}
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg), `"k"`)
}

func TestKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte("from-file\n"), 0o600))
	t.Setenv("AEB_API_KEY", "from-env")
	cfg := DefaultConfig()
	require.NoError(t, config.LoadService("", service.EnvPrefix, &cfg))
	key, err := cfg.key()
	require.NoError(t, err)
	require.Equal(t, "from-env", key.Reveal())

	key, err = Config{APIKeyFile: file}.key()
	require.NoError(t, err)
	require.Equal(t, "from-file", key.Reveal())
	_, err = Config{APIKeyFile: file + "x"}.key()
	require.Equal(t, service.ExitUsage, service.ExitCode(err))
}
