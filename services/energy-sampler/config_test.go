package energysampler

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDefaultsAreValid(t *testing.T) { require.NoError(t, DefaultConfig().Validate()) }

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	c := DefaultConfig()
	c.Source, c.CPU, c.RAM = "gpu", "tdp", "dimm"
	c.CPUTDPW, c.SpoolDir, c.SpoolMaxBytes, c.ClockEveryS = -1, "", 0, 0
	c.ElectricityMapsToken, c.ElectricityMapsTokenFile, c.ElectricityMapsURL, c.IntensityEveryS = "t", "f", "", 0
	err := c.Validate()
	for _, want := range []string{"electricity_maps_token_file: set one", "electricity_maps_url", "intensity_every_s: 0", `source: "gpu" is not one of`, `cpu: "tdp"`, `ram: "dimm"`, "cpu_tdp_w: -1", "spool_dir: missing", "spool_max_bytes: 0", "clock_every_s: 0"} {
		require.ErrorContains(t, err, want)
	}

	c = DefaultConfig()
	c.Source = "simulated"
	require.ErrorContains(t, c.Validate(), "simulator_url")
	c.SimulatorURL = "http://127.0.0.1:8000"
	require.NoError(t, c.Validate())
}
