package energysampler

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

// Config is the service's own settings.
type Config struct {
	service.Base `yaml:",inline"`
	// Source is where GPU readings come from: auto (NVML where there is a
	// driver), nvml (the service's runs fail without one), simulated or none.
	// Auto is never simulated.
	Source string `yaml:"source"`
	// SimulatorURL is the base URL of the simulator, for source: simulated.
	SimulatorURL string `yaml:"simulator_url"`
	// NVMLLibrary is the path of libnvidia-ml.so.1; empty leaves it to the
	// system's loader.
	NVMLLibrary string `yaml:"nvml_library"`
	// CPU is auto (RAPL where it may be read, else the load model), rapl, load or
	// none. CPUTDPW replaces the table's thermal design power, in watts; 0 looks
	// it up.
	CPU     string  `yaml:"cpu"`
	CPUTDPW float64 `yaml:"cpu_tdp_w"`
	// RAM is model (unless RAPL measures memory) or none.
	RAM string `yaml:"ram"`
	// Node is a sensor of the whole host: psys (RAPL's platform zone), hwmon, redfish
	// or none. It contains what the others measure, so its figure stands beside theirs
	// and is not added to them.
	Node string `yaml:"node"`
	// HWMon is for cpu: hwmon and node: hwmon, Redfish for node: redfish.
	HWMon   HWMon   `yaml:"hwmon"`
	Redfish Redfish `yaml:"redfish"`
	// SpoolDir is where events wait for a broker that is away, at most
	// SpoolMaxBytes for each run; what does not fit becomes a power.gap.
	SpoolDir      string `yaml:"spool_dir"`
	SpoolMaxBytes int64  `yaml:"spool_max_bytes"`
	// ClockEveryS is between two estimates of how far this host's clock is from the
	// reference's, the first measuring host's, in seconds. On the reference itself,
	// and on a host of its boot, none are made.
	ClockEveryS float64 `yaml:"clock_every_s"`
	// ElectricityMapsToken, or the content of ElectricityMapsTokenFile, is sent to
	// ElectricityMapsURL for runs with metrics.intensity.type electricity_maps. It
	// never reaches an event or a log.
	ElectricityMapsToken     config.Secret `yaml:"electricity_maps_token"`
	ElectricityMapsTokenFile string        `yaml:"electricity_maps_token_file"`
	ElectricityMapsURL       string        `yaml:"electricity_maps_url"`
	// IntensityEveryS is between two questions about a run's carbon intensity, in
	// seconds; only the first measuring host of a run asks.
	IntensityEveryS float64 `yaml:"intensity_every_s"`
}

// DefaultConfig measures what this host has. The spool holds about an hour of
// eight GPUs at 10 Hz.
func DefaultConfig() Config {
	return Config{
		Base:          service.DefaultBase(),
		Source:        sources.Auto,
		CPU:           sources.Auto,
		RAM:           sources.Model,
		Node:          sources.None,
		HWMon:         DefaultHWMon(),
		Redfish:       DefaultRedfish(),
		SpoolDir:      filepath.Join(os.TempDir(), "aeb-spool"),
		SpoolMaxBytes: 64 << 20,
		ClockEveryS:   5,

		ElectricityMapsURL: emission.ElectricityMapsURL,
		IntensityEveryS:    300,
	}
}

// Validate reports every problem, joined.
func (c Config) Validate() error {
	problems := []error{c.Base.Validate()}
	one := func(key, value string, known ...string) {
		if !slices.Contains(known, value) {
			problems = append(problems, fmt.Errorf("%s: %q is not one of %v", key, value, known))
		}
	}
	one("source", c.Source, sources.Auto, sources.NVML, sources.Simulated, sources.None)
	one("cpu", c.CPU, sources.Auto, sources.RAPL, sources.HWMon, sources.Load, sources.None)
	one("ram", c.RAM, sources.Model, sources.None)
	one("node", c.Node, sources.Psys, sources.HWMon, sources.Redfish, sources.None)
	problems = append(problems, c.HWMon.validate(c.CPU == sources.HWMon, c.Node == sources.HWMon), c.Redfish.validate(c.Node == sources.Redfish))
	if c.Source == sources.Simulated {
		if u, err := url.Parse(c.SimulatorURL); err != nil || u.Host == "" {
			problems = append(problems, fmt.Errorf("simulator_url: %q is not a URL, and source is simulated", c.SimulatorURL))
		}
	}
	if c.CPUTDPW < 0 {
		problems = append(problems, fmt.Errorf("cpu_tdp_w: %g is negative", c.CPUTDPW))
	}
	if c.SpoolDir == "" {
		problems = append(problems, errors.New("spool_dir: missing"))
	}
	if c.SpoolMaxBytes <= 0 {
		problems = append(problems, fmt.Errorf("spool_max_bytes: %d is not positive", c.SpoolMaxBytes))
	}
	if !(c.ClockEveryS >= 0.1) {
		problems = append(problems, fmt.Errorf("clock_every_s: %g is less than 0.1", c.ClockEveryS))
	}
	if c.ElectricityMapsToken != "" && c.ElectricityMapsTokenFile != "" {
		problems = append(problems, errors.New("electricity_maps_token, electricity_maps_token_file: set one of them"))
	}
	if u, err := url.Parse(c.ElectricityMapsURL); err != nil || u.Host == "" {
		problems = append(problems, fmt.Errorf("electricity_maps_url: %q is not a URL", c.ElectricityMapsURL))
	}
	if !(c.IntensityEveryS >= 1) {
		problems = append(problems, fmt.Errorf("intensity_every_s: %g is less than 1", c.IntensityEveryS))
	}
	return errors.Join(problems...)
}

// electricityMaps is nil without a token.
func (c Config) electricityMaps() (emission.Provider, error) {
	token, err := config.SecretOrFile("electricity_maps_token", c.ElectricityMapsToken, c.ElectricityMapsTokenFile)
	if err != nil || token.Reveal() == "" {
		return nil, err
	}
	return emission.NewElectricityMaps(c.ElectricityMapsURL, token.Reveal(), nil), nil
}

// sources chooses them. It reads the controller's password where one is asked.
func (c Config) sources() (sources.Config, error) {
	out := sources.Config{
		GPU: c.Source, SimulatorURL: c.SimulatorURL, NVMLLibrary: c.NVMLLibrary,
		CPU: c.CPU, CPUTDPWatts: c.CPUTDPW, RAM: c.RAM, Node: c.Node, Root: "/",
		HWMonCPU: c.HWMon.CPU, HWMonNode: c.HWMon.Node, HWMonEvery: seconds(c.HWMon.EveryS),
	}
	if c.Node != sources.Redfish {
		return out, nil
	}
	var err error
	out.Redfish, err = c.Redfish.options()
	return out, err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
