package hwmon

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestPatterns(t *testing.T) {
	f := func(pattern, chip, label string, want bool) {
		t.Helper()
		require.NoError(t, CheckPattern(pattern))
		require.Equal(t, want, channel{chip: chip, label: label}.matches(pattern), "%s against %s/%s", pattern, chip, label)
	}
	f("power_meter", "power_meter", "1", true)
	f("power_meter", "power_meter", "in/out", true)
	f("power_meter/1", "power_meter", "10", false)
	f("amd_energy/Esocket*", "amd_energy", "Esocket12", true)
	f("amd_energy/Esocket*", "amd_energy", "Ecore012", false)
	f("*/pin", "pmbus", "pin", true)
	f("*/in/out", "ups", "in/out", true)
	f("pmbus*/pin", "nct6775", "pin", false)
	for _, bad := range []string{"", "/pin", "pmbus/", "pm[bus", "pmbus/[", "pmbus/\\"} {
		require.ErrorIs(t, CheckPattern(bad), ErrPattern, bad)
	}
}

// A pattern without wildcards names one chip, or one channel of it, and nothing else.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"power_meter", "amd_energy/Esocket*", "amd_energy/Esocket0", "a/b/c", "[", "\\"} {
		f.Add(s, "amd_energy", "Esocket0")
	}
	f.Fuzz(func(t *testing.T, pattern, chip, label string) {
		if CheckPattern(pattern) != nil || strings.Contains(chip, "/") {
			return
		}
		got := channel{chip: chip, label: label}.matches(pattern)
		if !strings.ContainsAny(pattern, `*?[\`) && utf8.ValidString(pattern+chip+label) {
			require.Equal(t, pattern == chip || pattern == chip+"/"+label, got)
		}
	})
}
