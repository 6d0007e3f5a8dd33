package event

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWorse(t *testing.T) {
	order := []Provenance{"", Measured, Derived, Modelled, Absent}
	for i, a := range order {
		for k, b := range order {
			require.Equal(t, order[max(i, k)], Worse(a, b), "%q and %q", a, b)
		}
	}
}
