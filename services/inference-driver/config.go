package inferencedriver

import (
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// Config is the service's own settings.
type Config struct {
	service.Base `yaml:",inline"`
	// APIKey, or the content of APIKeyFile, is sent to inference servers as a
	// bearer token. It never reaches an event or a log.
	APIKey     config.Secret `yaml:"api_key"`
	APIKeyFile string        `yaml:"api_key_file"`
	// MaxInFlight bounds this replica's requests; a run's concurrency bounds all
	// replicas together.
	MaxInFlight int `yaml:"max_in_flight"`
	// ClockEveryS is between two estimates of how far this host's clock is from the
	// reference's, the first measuring host's, in seconds. On the reference itself,
	// and on a host of its boot, none are made.
	ClockEveryS float64 `yaml:"clock_every_s"`
}

// DefaultConfig takes up to 4096 requests at once.
func DefaultConfig() Config {
	return Config{Base: service.DefaultBase(), MaxInFlight: 4096, ClockEveryS: 5}
}

// Validate reports every problem, joined.
func (c Config) Validate() error {
	problems := []error{c.Base.Validate()}
	if c.MaxInFlight < 1 {
		problems = append(problems, fmt.Errorf("max_in_flight: %d is less than 1", c.MaxInFlight))
	}
	if !(c.ClockEveryS >= 0.1) {
		problems = append(problems, fmt.Errorf("clock_every_s: %g is less than 0.1", c.ClockEveryS))
	}
	if c.APIKey != "" && c.APIKeyFile != "" {
		problems = append(problems, errors.New("api_key, api_key_file: set one of them"))
	}
	return errors.Join(problems...)
}

func (c Config) key() (config.Secret, error) {
	return config.SecretOrFile("api_key", c.APIKey, c.APIKeyFile)
}
