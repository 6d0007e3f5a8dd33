package attribution

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// A flag is declared with what it means, where results look it up.
func TestFlagsAreDeclared(t *testing.T) {
	require.ElementsMatch(t, event.FlagsFrom(event.FromAttribution), flagNames[:])
}
