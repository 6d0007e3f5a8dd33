package bus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

func TestAddressShowsNoLogin(t *testing.T) {
	for url, want := range map[string]string{
		"nats://broker:4222":                "nats://broker:4222",
		"tls://user:pass@broker:4222":       "tls://broker:4222",
		"nats://token@a:1,nats://u:p@w@b:2": "nats://a:1,nats://b:2",
		"user:pass@broker":                  "nats://broker",
	} {
		require.Equal(t, want, bus.Options{URL: url}.Address())
	}
}
