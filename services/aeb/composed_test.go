package aeb_test

import (
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// composed is what docker-compose.yml says of each service.
type composed struct {
	Services map[string]struct {
		Environment map[string]string `yaml:"environment"`
	} `yaml:"services"`
}

func readComposed(t *testing.T) composed {
	t.Helper()
	text, err := os.ReadFile("../../docker-compose.yml")
	require.NoError(t, err)
	var c composed
	// A merged key and the one that overrides it are duplicates to the library.
	require.NoError(t, yaml.UnmarshalWithOptions(text, &c, yaml.AllowDuplicateMapKey()))
	return c
}

// environment is a service's, with every variable of the host at its default.
func (c composed) environment(t *testing.T, name string) map[string]string {
	t.Helper()
	require.Contains(t, c.Services, name)
	out := map[string]string{}
	for key, value := range c.Services[name].Environment {
		out[key] = os.Expand(value, func(variable string) string {
			_, fallback, _ := strings.Cut(variable, ":-")
			return fallback
		})
	}
	return out
}

// config fills cfg, which holds a service's defaults, as the service itself would.
func (c composed) config(t *testing.T, name string, cfg any) {
	t.Helper()
	vars := c.environment(t, name)
	l := config.NewLoader()
	l.LookupEnv = func(key string) (string, bool) { value, ok := vars[key]; return value, ok }
	require.NoError(t, l.LoadService("", service.EnvPrefix, cfg))
}
