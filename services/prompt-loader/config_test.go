package promptloader

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

func TestDefaultsAreValid(t *testing.T) { require.NoError(t, DefaultConfig().Validate()) }

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	c := DefaultConfig()
	c.HubEndpoint, c.HubToken, c.HubTokenFile, c.Overrides = "https://me:secret@hub", "hf_x", "token", []string{"a=b"}
	err := c.Validate()
	for _, want := range []string{"hub_endpoint: want", "hub_token, hub_token_file: set one", "overrides: there is no run"} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "secret")
}

func TestHubSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte("hf_file\n"), 0o600))
	env := map[string]string{"HF_ENDPOINT": "https://mirror.example", "HF_TOKEN": "hf_env", "HF_HUB_OFFLINE": "1"}
	for _, c := range []struct {
		name            string
		config          Config
		env             map[string]string
		endpoint, token string
		offline         bool
	}{
		{"nothing said", Config{}, nil, "https://huggingface.co", "", false},
		{"environment", Config{}, env, "https://mirror.example", "hf_env", true},
		{"config wins", Config{HubEndpoint: "http://hub", HubToken: "hf_config"}, env, "http://hub", "hf_config", true},
		{"token in a file", Config{HubTokenFile: file}, env, "https://mirror.example", "hf_file", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := c.config.hub(func(key string) string { return c.env[key] })
			require.NoError(t, err)
			require.Equal(t, c.endpoint, h.Endpoint)
			require.Equal(t, c.token, h.Token.Reveal())
			require.Equal(t, c.offline, h.Offline)
			require.NotEmpty(t, h.CacheDir)
		})
	}
	_, err := Config{HubTokenFile: file + "x"}.hub(os.Getenv)
	require.ErrorContains(t, err, "hub_token_file")
	require.Equal(t, service.ExitUsage, service.ExitCode(err))
}
