package aeb_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

// A setting that a service's own binary refuses is refused here too, before anything runs.
func TestBadSettingsOfAServiceAreRefused(t *testing.T) {
	t.Setenv("AEB_CPU", "guess")
	_, err := aeb.Open(t.Context(), aeb.Options{Data: t.TempDir(), ClickHouse: "off"})
	require.ErrorContains(t, err, `cpu: "guess" is not one of`)
	require.Equal(t, service.ExitUsage, aeb.ExitCode(err))
}
