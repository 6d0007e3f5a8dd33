package sources

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/rapl"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish/redfishtest"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// What is told of hosts that measure, that model, and that have not what is asked for.
func TestProbe(t *testing.T) {
	nvmltest.Script{Devices: 2, Start: time.Now()}.Install(t)
	library, bare, counting := nvmltest.Library(t), root(t, false), root(t, true)
	virtual := root(t, false)
	require.NoError(t, os.WriteFile(filepath.Join(virtual, "proc/cpuinfo"), []byte("processor : 0\nmodel name : AMD EPYC\n"), 0o600))
	const nowhere = "/nowhere/libnvidia-ml.so.1"
	controller := redfishtest.Serve(t, redfishtest.Newer())
	redfishAs := func(password string) redfish.Options {
		return redfish.Options{
			URL: controller.URL, Account: redfish.Account{User: redfishtest.User, Password: config.Secret(password), Auth: redfish.Basic},
			CAFile: controller.CAFile, Timeout: time.Second, Every: time.Hour,
		}
	}
	var got strings.Builder
	for _, c := range []struct {
		name   string
		config Config
	}{
		{"a GPU host with RAPL", Config{GPU: Auto, NVMLLibrary: library, CPU: Auto, RAM: Model, Node: Psys, Root: counting}},
		{"a machine without either", Config{GPU: Auto, NVMLLibrary: nowhere, CPU: Auto, RAM: Model, Node: None, Root: bare}},
		{"a processor that the table does not know", Config{GPU: None, CPU: Auto, RAM: Model, Node: None, Root: virtual}},
		{"its design power given", Config{GPU: None, CPU: Load, CPUTDPWatts: 65, RAM: None, Node: None, Root: virtual}},
		{"hwmon", Config{GPU: None, CPU: HWMon, RAM: Model, Node: HWMon, Root: counting}},
		{"sensors that are not there", Config{GPU: NVML, NVMLLibrary: nowhere, CPU: RAPL, RAM: Model, Node: HWMon, Root: bare}},
		{"a controller", Config{GPU: Simulated, CPU: None, RAM: None, Node: Redfish, Redfish: redfishAs(redfishtest.Password), Root: bare}},
		{"a controller that refuses", Config{GPU: None, CPU: None, RAM: None, Node: Redfish, Redfish: redfishAs("wrong"), Root: bare}},
		{"a controller that is away", Config{GPU: None, CPU: None, RAM: None, Node: Redfish, Redfish: redfish.Options{URL: "https://127.0.0.1:1", Timeout: time.Second, Every: time.Hour}, Root: bare}},
	} {
		c.config.HWMonCPU, c.config.HWMonNode, c.config.HWMonEvery = []string{"amd_energy"}, []string{"power_meter"}, time.Hour
		fmt.Fprintf(&got, "# %s\n", c.name)
		for _, s := range opener(c.config, nil).Probe(t.Context()) {
			state := "without"
			switch {
			case s.Fatal:
				state = "fatal"
			case s.Usable:
				state = "usable"
			}
			fmt.Fprintf(&got, "%-7s %-4s %s\n", state, s.Kind, s.Text)
			if s.Advice != "" {
				fmt.Fprintf(&got, "             → %s\n", s.Advice)
			}
		}
		fmt.Fprintln(&got)
	}
	const golden = "testdata/probe.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

// Root may read everything, so counters for root alone cannot be laid out in files.
func TestPermissionIsAdvisedOn(t *testing.T) {
	advice := advise(event.KindCPU, fmt.Errorf("%w: %w: …", device.ErrNone, rapl.ErrPermission))
	require.Contains(t, advice, "run as root, or let the user read energy_uj")
}
