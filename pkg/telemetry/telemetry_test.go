package telemetry

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoggerRefusesUnknownWords(t *testing.T) {
	for _, c := range []struct{ format, level string }{{"xml", "info"}, {"json", "loud"}} {
		_, err := NewLogger(&bytes.Buffer{}, c.format, c.level)
		require.Error(t, err, "%v", c)
	}
}

func TestLoggerKeepsToItsLevel(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, "json", "warn")
	require.NoError(t, err)
	log.Info("quiet")
	log.Warn("heard", "run_id", "r1")
	require.NotContains(t, out.String(), "quiet")
	require.Contains(t, out.String(), `"run_id":"r1"`)
}

func TestRegistryHasTheProcess(t *testing.T) {
	families, err := NewRegistry().Gather()
	require.NoError(t, err)
	require.NotEmpty(t, families)
}
