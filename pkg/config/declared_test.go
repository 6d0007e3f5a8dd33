package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Declared figures are refused where they cannot be, each by its key.
func TestDeclaredFiguresAreChecked(t *testing.T) {
	load := func(overrides ...string) error {
		_, err := Loader{}.LoadRun("", append([]string{"backend.endpoint=http://localhost:8000", "backend.model=m", "scenario.dataset_name=builtin"}, overrides...)...)
		return err
	}
	good := "metrics.embodied={kgco2e_per_device: 150, lifetime_h: 35040, source: a maker}"
	require.NoError(t, load(good, "metrics.electricity_price_per_kwh=0.25", "metrics.currency=EUR"))
	require.NoError(t, load("metrics.cpu_error_rel=0.3", "metrics.ram_error_rel=0.5"))
	for key, overrides := range map[string][]string{
		"metrics.embodied.kgco2e_per_device": {"metrics.embodied={kgco2e_per_device: -1, lifetime_h: 1, source: a maker}"},
		"metrics.embodied.lifetime_h":        {"metrics.embodied={kgco2e_per_device: 1, lifetime_h: 0, source: a maker}"},
		"metrics.embodied.source":            {"metrics.embodied={kgco2e_per_device: 1, lifetime_h: 1}"},
		"metrics.electricity_price_per_kwh":  {"metrics.electricity_price_per_kwh=-1", "metrics.currency=EUR"},
		"metrics.currency":                   {"metrics.electricity_price_per_kwh=0.25"},
		"metrics.cpu_error_rel: -0.1 is not": {"metrics.cpu_error_rel=-0.1"},
		"metrics.ram_error_rel: 1 is not in": {"metrics.ram_error_rel=1"},
	} {
		require.ErrorContains(t, load(overrides...), key)
	}
}
