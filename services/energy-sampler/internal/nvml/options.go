package nvml

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Options say what is opened.
type Options struct {
	// Library is the path of libnvidia-ml.so.1; empty leaves it to the system's
	// loader.
	Library string
	// Indices select GPUs by NVML index; empty means all.
	Indices []int
	// SampleHz is how often Read will be called.
	SampleHz float64
}

// ErrNoDriver means that the management library is not on this machine, or that
// no driver answers behind it. It wraps device.ErrNone.
var ErrNoDriver = fmt.Errorf("%w: no NVIDIA driver", device.ErrNone)

// ErrNoCgo means that this binary was built without cgo and cannot load the
// library at all. It wraps device.ErrNone.
var ErrNoCgo = fmt.Errorf("%w: this binary was built without cgo", device.ErrNone)
