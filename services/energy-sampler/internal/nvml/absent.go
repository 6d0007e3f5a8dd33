package nvml

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// ErrNoDriver means that the management library is not on this machine, or that
// no driver answers behind it. It wraps device.ErrNone.
var ErrNoDriver = fmt.Errorf("%w: no NVIDIA driver", device.ErrNone)

// ErrNoCgo means that this binary was built without cgo and cannot load the
// library at all. It wraps device.ErrNone.
var ErrNoCgo = fmt.Errorf("%w: this binary was built without cgo", device.ErrNone)
