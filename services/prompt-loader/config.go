package promptloader

import (
	"errors"
	"net/url"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// Config is the service's own settings.
type Config struct {
	service.Base `yaml:",inline"`
	// Run is the path of a run config. When set, the service requests that run
	// once it is up, or its scenarios one after another, which is how `docker
	// compose up` gets its first run.
	Run string `yaml:"run"`
	// Simulated marks that run as not on real hardware.
	Simulated bool `yaml:"simulated"`
	// Overrides are key=value settings on top of Run.
	Overrides []string `yaml:"overrides"`
	// HubEndpoint is the base URL of the dataset hub. Empty means HF_ENDPOINT, or
	// the public hub.
	HubEndpoint string `yaml:"hub_endpoint"`
	// HubToken is for private datasets, and HubTokenFile a file that holds it.
	// Neither means HF_TOKEN.
	HubToken     config.Secret `yaml:"hub_token"`
	HubTokenFile string        `yaml:"hub_token_file"`
	// HubOffline reads hub datasets from the cache alone; so does HF_HUB_OFFLINE.
	HubOffline bool `yaml:"hub_offline"`
	// CacheDir keeps downloads; empty means the user's cache folder.
	CacheDir string `yaml:"cache_dir"`
}

// DefaultConfig requests no run and reads the public hub.
func DefaultConfig() Config { return Config{Base: service.DefaultBase()} }

// Validate reports every problem, joined.
func (c Config) Validate() error {
	var problems []error
	if err := c.Base.Validate(); err != nil {
		problems = append(problems, err)
	}
	if len(c.Overrides) > 0 && c.Run == "" {
		problems = append(problems, errors.New("overrides: there is no run to override"))
	}
	if c.HubToken != "" && c.HubTokenFile != "" {
		problems = append(problems, errors.New("hub_token, hub_token_file: set one of them"))
	}
	if u, err := url.Parse(c.HubEndpoint); c.HubEndpoint != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil) {
		problems = append(problems, errors.New("hub_endpoint: want an http:// or https:// URL without a password"))
	}
	return errors.Join(problems...)
}
