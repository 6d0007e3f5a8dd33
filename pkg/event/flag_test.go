package event

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlagsAreSortedNamedAndExplained(t *testing.T) {
	names := make([]string, 0, len(flags))
	for _, f := range Flags() {
		names = append(names, f.Name)
		require.NoError(t, CheckToken(f.Name))
		require.NotEmpty(t, f.Origins, f.Name)
		require.NotEmpty(t, f.Meaning, f.Name)
		require.Equal(t, f, FlagNamed(f.Name))
	}
	require.True(t, slices.IsSorted(names), strings.Join(names, " "))
	require.Equal(t, names, slices.Compact(slices.Clone(names)))
	require.True(t, FlagNamed("nobody_knows").Warns)
}
