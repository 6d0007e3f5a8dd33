package energysampler

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/hwmon"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish"
)

// HWMon chooses sensors of the kernel's hardware monitoring.
type HWMon struct {
	// CPU and Node are channels as CHIP or CHIP/LABEL, with * and ?: of the processors,
	// and of the whole host. All that match are added up.
	CPU  []string `yaml:"cpu"`
	Node []string `yaml:"node"`
	// EveryS is between two readings, in seconds.
	EveryS float64 `yaml:"every_s"`
}

// DefaultHWMon has AMD's socket counters and the ACPI power meter, at 10 Hz. A meter with
// a label is one of several, as on Grace, whose parts are inside each other.
func DefaultHWMon() HWMon {
	return HWMon{CPU: []string{"amd_energy/Esocket*"}, Node: []string{"power_meter/1"}, EveryS: 0.1}
}

func (h HWMon) validate(cpu, node bool) error {
	var problems []error
	for _, part := range []struct {
		key      string
		patterns []string
		needed   bool
	}{{"cpu", h.CPU, cpu}, {"node", h.Node, node}} {
		if part.needed && len(part.patterns) == 0 {
			problems = append(problems, fmt.Errorf("hwmon.%s: missing, and %s is hwmon", part.key, part.key))
		}
		for _, pattern := range part.patterns {
			if err := hwmon.CheckPattern(pattern); err != nil {
				problems = append(problems, fmt.Errorf("hwmon.%s: %w", part.key, err))
			}
		}
	}
	if !(h.EveryS >= 0.01) {
		problems = append(problems, fmt.Errorf("hwmon.every_s: %g is less than 0.01", h.EveryS))
	}
	return errors.Join(problems...)
}

// Redfish is the host's management controller (BMC).
type Redfish struct {
	// URL is https://host, without a path.
	URL string `yaml:"url"`
	// User is the account, PasswordFile holds its password. Auth is session, or basic
	// for controllers without sessions.
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	Auth         string `yaml:"auth"`
	// CAFile is the authority to trust, or the controller's own certificate; empty are
	// the system's. SkipVerify trusts whoever answers, who then has the password.
	CAFile     string `yaml:"ca_file"`
	SkipVerify bool   `yaml:"skip_verify"`
	// Chassis is the id of the one to measure; empty is the only one.
	Chassis string `yaml:"chassis"`
	// EveryS is between two readings and TimeoutS the most that a request may take, in
	// seconds.
	EveryS   float64 `yaml:"every_s"`
	TimeoutS float64 `yaml:"timeout_s"`
}

// DefaultRedfish asks once a second, which is as often as controllers know anything new.
func DefaultRedfish() Redfish { return Redfish{Auth: redfish.Session, EveryS: 1, TimeoutS: 5} }

func (r Redfish) validate(asked bool) error {
	var problems []error
	if asked {
		// The URL itself is not repeated: who writes a password into it should not find
		// it in a log.
		u, err := url.Parse(r.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
			problems = append(problems, errors.New("redfish.url: not https://host, and node is redfish"))
		}
		if r.User == "" || r.PasswordFile == "" {
			problems = append(problems, errors.New("redfish.user, redfish.password_file: missing, and node is redfish"))
		}
	}
	if known := []string{redfish.Session, redfish.Basic}; !slices.Contains(known, r.Auth) {
		problems = append(problems, fmt.Errorf("redfish.auth: %q is not one of %v", r.Auth, known))
	}
	if !(r.EveryS >= 1) {
		problems = append(problems, fmt.Errorf("redfish.every_s: %g is less than 1", r.EveryS))
	}
	if !(r.TimeoutS > 0) {
		problems = append(problems, fmt.Errorf("redfish.timeout_s: %g is not positive", r.TimeoutS))
	}
	return errors.Join(problems...)
}

func (r Redfish) options() (redfish.Options, error) {
	password, err := config.SecretOrFile("redfish.password", "", r.PasswordFile)
	if err != nil {
		return redfish.Options{}, err
	}
	return redfish.Options{
		URL: r.URL, Account: redfish.Account{User: r.User, Password: password, Auth: r.Auth},
		CAFile: r.CAFile, SkipVerify: r.SkipVerify, Chassis: r.Chassis,
		Every: seconds(r.EveryS), Timeout: seconds(r.TimeoutS),
	}, nil
}
