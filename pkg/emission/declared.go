package emission

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Tariff is what a site pays for electricity; the zero value is not known.
type Tariff struct {
	PerKWh   float64
	Currency string
}

// Cost of an IT energy: the meter that is billed is the facility's, so PUE is in.
func (t Tariff) Cost(energy WattHours, pue float64) float64 {
	return t.PerKWh * float64(energy) * pue / 1000
}

// Embodied is what making a device emitted, as somebody declares it.
type Embodied struct {
	// PerDevice is its whole footprint before use, Lifetime the hours of use that
	// this is spread over.
	PerDevice Grams
	Lifetime  time.Duration
	Source    string
}

// Validate returns ErrFactor, joined over everything that is wrong.
func (e Embodied) Validate() error {
	var problems []error
	if v := float64(e.PerDevice); !(v >= 0) || math.IsInf(v, 0) {
		problems = append(problems, fmt.Errorf("%w: embodied %g g per device", ErrFactor, v))
	}
	if e.Lifetime <= 0 {
		problems = append(problems, fmt.Errorf("%w: embodied lifetime %s", ErrFactor, e.Lifetime))
	}
	return errors.Join(problems...)
}

// Share is the part of the footprint that using devices for a time takes: the time
// share of the Software Carbon Intensity specification (ISO/IEC 21031:2024), with
// the device reserved for the run.
func (e Embodied) Share(devices int, used time.Duration) Grams {
	return Grams(float64(e.PerDevice) * float64(devices) * float64(used) / float64(e.Lifetime))
}
