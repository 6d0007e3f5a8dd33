//go:build codecarbon

package emission

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what CodeCarbon says into testdata")

// TestCodeCarbonPlaces asks CodeCarbon itself, prints both figures of each place,
// and holds the committed file to the answer.
func TestCodeCarbonPlaces(t *testing.T) {
	python := os.Getenv("AEB_CODECARBON_PYTHON")
	require.NotEmpty(t, python, "AEB_CODECARBON_PYTHON names no Python with codecarbon: `go tool task real:codecarbon` makes one")
	cmd := exec.CommandContext(t.Context(), python, "testdata/places.py")
	var problems bytes.Buffer
	cmd.Stderr = &problems
	answer, err := cmd.Output()
	require.NoError(t, err, problems.String())
	if *update {
		require.NoError(t, os.WriteFile(placesFile, answer, 0o644))
	}
	t.Logf("%-22s %14s %14s %10s", "place", "CodeCarbon kg", "ours kg", "apart")
	for _, c := range readPlaces(t, string(answer)) {
		i, err := Default().Lookup(c.place)
		require.NoError(t, err)
		ours := float64(Factors{Intensity: i, PUE: c.pue}.Price(WattHours(c.kWh*1000)).CO2e) / 1000
		t.Logf("%-22s %14.9f %14.9f %10.1e", placeName(c.place), c.kilograms, ours, ours/c.kilograms-1)
		require.Equal(t, sixDigits(c.kilograms), sixDigits(ours), placeName(c.place))
	}
	committed, err := os.ReadFile(placesFile)
	require.NoError(t, err)
	require.Equal(t, string(committed), string(answer), "run with -update if this release says so")
}
