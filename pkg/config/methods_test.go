package config

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
)

func TestMethodsAreTheEngines(t *testing.T) {
	require.ElementsMatch(t, attribution.Methods(), methods)
	require.Subset(t, methods, Default().Metrics.Methods)
	require.Equal(t, IdleShared, string(attribution.IdleShared))
	require.Equal(t, IdleSeparate, string(attribution.IdleSeparate))
}
