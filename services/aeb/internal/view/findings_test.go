package view

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/doctor"
)

func TestFindings(t *testing.T) {
	var out strings.Builder
	broken, err := Findings(&out, slices.Values([]doctor.Finding{
		{Part: "system", Text: "linux/amd64, 2 processors, built with go1.26.8"},
		{Part: "data", Text: "/home/me/.aeb can be written to"},
		{Part: "clickhouse", State: doctor.Lacking, Text: "no ClickHouse engine here", Advice: "aeb doctor --fetch gets it; until then runs write files and no tables"},
		{Part: "sensor gpu", State: doctor.Lacking, Text: "GPUs are not measured: open nvml: nothing to measure: no NVIDIA driver: libnvidia-ml.so.1 cannot be loaded; install the driver, or give the container its GPUs", Advice: "install the NVIDIA driver, or start the container with its GPUs; without one, runs measure processor and memory"},
		{Part: "server", State: doctor.Broken, Text: "connection refused", Advice: "start the server, or correct backend.endpoint"},
	}))
	require.NoError(t, err)
	require.Equal(t, 1, broken)
	golden(t, "findings", out.String())
}
