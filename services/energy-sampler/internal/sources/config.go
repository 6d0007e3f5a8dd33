package sources

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish"
)

// Choices.
const (
	Auto      = "auto"
	NVML      = "nvml"
	Simulated = "simulated"
	RAPL      = "rapl"
	HWMon     = "hwmon"
	Psys      = "psys"
	Redfish   = "redfish"
	Load      = "load"
	Model     = "model"
	None      = "none"
)

// Config chooses the sources.
type Config struct {
	// GPU is auto (NVML where there is a driver), nvml (required), simulated or
	// none. Auto never means simulated.
	GPU string
	// SimulatorURL is where the simulator listens, for simulated GPUs.
	SimulatorURL string
	// NVMLLibrary replaces the system's libnvidia-ml.so.1.
	NVMLLibrary string
	// CPU is auto (RAPL where it may be read, else the load model), rapl or hwmon
	// (required), load or none; CPUTDPWatts replaces the table's figure.
	CPU         string
	CPUTDPWatts float64
	// RAM is model (unless RAPL measures it) or none.
	RAM string
	// Node is psys (RAPL's platform zone), hwmon or redfish, or none.
	Node string
	// HWMonCPU and HWMonNode are patterns of channels, read every HWMonEvery.
	HWMonCPU, HWMonNode []string
	HWMonEvery          time.Duration
	Redfish             redfish.Options
	// Root is the file system of the host; "/" but in tests.
	Root string
}
