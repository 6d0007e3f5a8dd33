package reporter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

func TestDefaultsAreValid(t *testing.T) { require.NoError(t, DefaultConfig().Validate()) }

// The shipped file has every key with its default.
func TestShippedConfigIsTheDefault(t *testing.T) {
	const path = "../../configs/services/reporter.yaml"
	cfg := Config{}
	require.NoError(t, config.LoadService(path, "AEB_NOTHING_", &cfg))
	require.Equal(t, DefaultConfig(), cfg)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, key := range []string{"clickhouse:", "  url:", "  user:", "  password:", "  password_file:"} {
		require.Contains(t, string(text), "\n"+key)
	}
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	c := DefaultConfig()
	c.DrainS = 0
	c.ClickHouse = ClickHouse{URL: "http://aeb:hunter2@host:8123", Password: "x", PasswordFile: "y"}
	err := c.Validate()
	for _, want := range []string{"drain_s", "clickhouse.password, clickhouse.password_file", "clickhouse.url"} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "hunter2")
}

func TestPasswordComesFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("hunter2\n"), 0o600))
	secret, err := ClickHouse{PasswordFile: file}.password()
	require.NoError(t, err)
	require.Equal(t, "hunter2", secret.Reveal())
	_, err = ClickHouse{URL: "clickhouse://host:9000", PasswordFile: file + "x"}.open()
	require.ErrorContains(t, err, "clickhouse.password_file")
	require.Equal(t, service.ExitUsage, service.ExitCode(err))
}

func TestDashboardURLNamesTheDatabase(t *testing.T) {
	require.True(t, strings.HasPrefix(DashboardURL("http://127.0.0.1:8123", "aeb", "", ""), "http://127.0.0.1:8123/dashboard?user=aeb#"))
	require.NotEqual(t, DashboardURL("http://127.0.0.1:8123", "aeb", "", ""), DashboardURL("http://127.0.0.1:8123", "aeb", "other", ""))
}
