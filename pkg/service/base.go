package service

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Base is the part of every service's config that the chassis uses. A service's
// Config embeds it inline.
type Base struct {
	// Instance tells replicas apart in sources and metrics. Empty means the host
	// name and a random suffix.
	Instance string `yaml:"instance"`
	// Host names the machine in events. Empty means its host name.
	Host string      `yaml:"host"`
	NATS bus.Options `yaml:"nats"`
	// HTTPListen is the address of /healthz, /readyz, /metrics and the service's
	// own routes; empty serves nothing.
	HTTPListen string `yaml:"http_listen"`
	// LogLevel is debug, info, warn or error; LogFormat json or text.
	LogLevel  string `yaml:"log_level"`
	LogFormat string `yaml:"log_format"`
	// DrainS is how long the service may take to finish what it holds when it is
	// told to stop.
	DrainS float64 `yaml:"drain_s"`
}

// DefaultBase listens on loopback only and logs JSON at info.
func DefaultBase() Base {
	return Base{
		NATS:       bus.Options{URL: "nats://127.0.0.1:4222"},
		HTTPListen: "127.0.0.1:0",
		LogLevel:   "info",
		LogFormat:  "json",
		DrainS:     20,
	}
}

// Validate reports every problem, joined.
func (b Base) Validate() error {
	var problems []error
	if b.Instance != "" {
		if err := event.CheckToken(b.Instance); err != nil {
			problems = append(problems, fmt.Errorf("instance: %w", err))
		}
	}
	if b.HTTPListen != "" {
		if _, _, err := net.SplitHostPort(b.HTTPListen); err != nil {
			problems = append(problems, fmt.Errorf("http_listen: %w", err))
		}
	}
	if b.DrainS <= 0 {
		problems = append(problems, fmt.Errorf("drain_s: %g is not positive", b.DrainS))
	}
	return errors.Join(problems...)
}

// Drain is DrainS as a duration.
func (b Base) Drain() time.Duration { return time.Duration(b.DrainS * float64(time.Second)) }

// producer is the service's identity in event ids.
func (b Base) producer(service string) event.Producer {
	instance := b.Instance
	if instance == "" {
		var suffix [3]byte
		_, _ = rand.Read(suffix[:])
		host := b.Host
		if host == "" {
			host, _ = os.Hostname()
		}
		instance = event.Token(host)
		if len(instance) > 50 {
			instance = instance[:50]
		}
		instance += "-" + hex.EncodeToString(suffix[:])
	}
	return event.Producer{Service: service, Instance: instance}
}
