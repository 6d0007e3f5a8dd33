package config

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReasoningFormat(t *testing.T) {
	require.True(t, slices.IsSorted(ReasoningFormats()))
	const base = "backend: {model: m}\nscenario: {reasoning_format: "
	for _, name := range append(ReasoningFormats(), `""`) {
		_, err := groups(base + name + "}\n").LoadRun("run")
		require.NoError(t, err, name)
	}
	_, err := groups(base + "qwenn}\n").LoadRun("run")
	require.ErrorContains(t, err, "scenario.reasoning_format")
	require.ErrorContains(t, err, "did you mean qwen?")
}
