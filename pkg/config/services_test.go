package config_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// The keys that every service has must be in its shipped file, with their
// defaults; the service's own are held to by its own tests.
func TestShippedServiceConfigsHaveTheChassis(t *testing.T) {
	files, err := filepath.Glob("../../configs/services/*.yaml")
	require.NoError(t, err)
	require.Len(t, files, 4)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			base := service.DefaultBase()
			cfg := struct {
				service.Base `yaml:",inline"`
			}{base}
			err := config.Loader{}.LoadService(file, "AEB_", &cfg)
			if problems, ok := errors.AsType[*config.Error](err); ok {
				for _, p := range problems.Problems {
					require.Contains(t, p.Text, "unknown key")
					require.NotContains(t, p.Path, ".", "a key of the chassis")
				}
			}
			require.Equal(t, base, cfg.Base)
		})
	}
}
