package stack

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// Login says how a client reaches the broker at url: by the variables that the
// services take too, such as AEB_NATS_USER and AEB_NATS_PASSWORD_FILE.
func Login(url string) (bus.Options, error) {
	var cfg struct {
		NATS bus.Options `yaml:"nats"`
	}
	if err := config.LoadService("", service.EnvPrefix, &cfg); err != nil {
		return bus.Options{}, err
	}
	cfg.NATS.URL = url
	return cfg.NATS, nil
}
