package energysampler

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

func TestDefaultsAreValid(t *testing.T) { require.NoError(t, DefaultConfig().Validate()) }

func TestTheShippedFileHasTheDefaults(t *testing.T) {
	t.Setenv("TMPDIR", "/tmp")
	cfg := Config{}
	require.NoError(t, config.Loader{}.LoadService("../../configs/services/energy-sampler.yaml", "AEB_", &cfg))
	require.Equal(t, DefaultConfig(), cfg)
}

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
	c.CPU, c.Node = "hwmon", "meter"
	c.HWMon = HWMon{Node: []string{"pm[bus"}}
	c.Redfish = Redfish{Auth: "digest"}
	err = c.Validate()
	for _, want := range []string{
		`node: "meter" is not one of`, "hwmon.cpu: missing, and cpu is hwmon", `hwmon.node: not a pattern of hwmon channels: "pm[bus"`,
		"hwmon.every_s: 0", `redfish.auth: "digest"`, "redfish.every_s: 0 is less than 1", "redfish.timeout_s: 0",
	} {
		require.ErrorContains(t, err, want)
	}

	c = DefaultConfig()
	c.Source = "simulated"
	require.ErrorContains(t, c.Validate(), "simulator_url")
	c.SimulatorURL = "http://127.0.0.1:8000"
	require.NoError(t, c.Validate())
}

func TestTheControllersAccount(t *testing.T) {
	c := DefaultConfig()
	c.Node = "redfish"
	require.ErrorContains(t, c.Validate(), "redfish.user, redfish.password_file: missing")
	c.Redfish.User, c.Redfish.PasswordFile = "aeb", filepath.Join(t.TempDir(), "password")
	for _, url := range []string{"", "http://bmc", "https://aeb:a-secret-password@bmc", "https://bmc/redfish/v1", "bmc", "https://bmc?x=1"} {
		c.Redfish.URL = url
		err := c.Validate()
		require.ErrorContains(t, err, "redfish.url: not https://host", url)
		require.NotContains(t, err.Error(), "a-secret-password")
	}
	c.Redfish.URL = "https://bmc:8443"
	require.NoError(t, c.Validate())

	_, err := c.sources()
	require.ErrorContains(t, err, "redfish.password_file: read "+c.Redfish.PasswordFile)
	require.NoError(t, os.WriteFile(c.Redfish.PasswordFile, []byte("a-secret-password\n"), 0o600))
	chosen, err := c.sources()
	require.NoError(t, err)
	require.Equal(t, "a-secret-password", chosen.Redfish.Account.Password.Reveal())
	require.NotContains(t, fmt.Sprintf("%+v %#v", chosen, chosen), "a-secret-password")
}
