package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type chassis struct {
	Instance string `yaml:"instance"`
	NATS     struct {
		URL      string `yaml:"url"`
		InMemory any    `yaml:"-"`
	} `yaml:"nats"`
	DrainS float64 `yaml:"drain_s"`
}

type worker struct {
	chassis   `yaml:",inline"`
	Endpoints []string          `yaml:"endpoints"`
	Labels    map[string]string `yaml:"labels"`
	Password  Secret            `yaml:"password"`
	Token     Secret            `yaml:"token"`
	TokenFile string            `yaml:"token_file"`
	Wait      time.Duration     `yaml:"wait"`
	Enabled   *bool             `yaml:"enabled"`
}

func service(t *testing.T, yaml string, vars map[string]string) (worker, error) {
	t.Helper()
	path := ""
	if yaml != "" {
		path = filepath.Join(t.TempDir(), "worker.yaml")
		require.NoError(t, os.WriteFile(path, []byte(yaml), 0o600))
	}
	w := worker{chassis: chassis{DrainS: 20}, Wait: time.Second}
	w.NATS.URL = "nats://default"
	err := Loader{LookupEnv: environment(vars)}.LoadService(path, "AEB_", &w)
	return w, err
}

func TestServicePrecedence(t *testing.T) {
	w, err := service(t, "nats: {url: nats://file}\ninstance: file\n", map[string]string{"AEB_NATS_URL": "nats://env", "AEB_OTHER_SERVICE": "ignored"})
	require.NoError(t, err)
	require.Equal(t, "nats://env", w.NATS.URL)
	require.Equal(t, "file", w.Instance)
	require.InDelta(t, 20, w.DrainS, 0)
	require.Equal(t, time.Second, w.Wait)
}

func TestServiceVariablesAreTyped(t *testing.T) {
	w, err := service(t, "", map[string]string{
		"AEB_DRAIN_S": "3.5", "AEB_ENDPOINTS": "a=1, b=2", "AEB_LABELS": "{zone: 7}", "AEB_WAIT": "1m30s",
		"AEB_ENABLED": "false", "AEB_INSTANCE": "007",
	})
	require.NoError(t, err)
	require.InDelta(t, 3.5, w.DrainS, 0)
	require.Equal(t, []string{"a=1", "b=2"}, w.Endpoints)
	require.Equal(t, map[string]string{"zone": "7"}, w.Labels)
	require.Equal(t, 90*time.Second, w.Wait)
	require.False(t, *w.Enabled)
	require.Equal(t, "007", w.Instance)

	w, err = service(t, "", map[string]string{"AEB_ENDPOINTS": `["a,b", c]`})
	require.NoError(t, err)
	require.Equal(t, []string{"a,b", "c"}, w.Endpoints)
}

func TestServiceSecretsFromFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte("pa$$${word}\n"), 0o600))
	w, err := service(t, "", map[string]string{"AEB_PASSWORD_FILE": file, "AEB_TOKEN_FILE": file})
	require.NoError(t, err)
	require.Equal(t, "pa$$${word}", w.Password.Reveal())
	require.Empty(t, w.Token, "token_file is a key of its own")
	require.Equal(t, file, w.TokenFile)

	_, err = service(t, "", map[string]string{"AEB_PASSWORD_FILE": file + "x"})
	require.ErrorContains(t, err, "environment AEB_PASSWORD_FILE: password: read")
}

func TestServiceProblemsAllAtOnce(t *testing.T) {
	_, err := service(t, "nats: {ulr: x}\ndrain: 3\n", map[string]string{"AEB_DRAIN_S": "soon", "AEB_WAIT": "5"})
	require.ErrorContains(t, err, "4 problems")
	require.ErrorContains(t, err, "worker.yaml:1: nats.ulr: unknown key; did you mean nats.url?")
	require.ErrorContains(t, err, "worker.yaml:2: drain: unknown key; did you mean drain_s?")
	require.ErrorContains(t, err, `environment AEB_DRAIN_S: drain_s: wants a number, got "soon"`)
	require.ErrorContains(t, err, "wants a duration such as 5s")
	require.True(t, IsUsage(err))
}
