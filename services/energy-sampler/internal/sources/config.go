package sources

// GPU choices.
const (
	Auto      = "auto"
	NVML      = "nvml"
	Simulated = "simulated"
	RAPL      = "rapl"
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
	// CPU is auto (RAPL where it may be read, else the load model), rapl
	// (required), load or none; CPUTDPWatts replaces the table's figure.
	CPU         string
	CPUTDPWatts float64
	// RAM is model (unless RAPL measures it) or none.
	RAM string
	// Psys also reads the platform zone of RAPL.
	Psys bool
	// Root is the file system of the host; "/" but in tests.
	Root string
}
