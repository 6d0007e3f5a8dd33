//go:build !cgo

package nvml

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Open returns ErrNoCgo.
func Open(Options, clock.Clock) (device.Source, error) { return nil, ErrNoCgo }
