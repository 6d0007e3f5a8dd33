package emission

import "time"

// PricePerKWh is what a site pays for a kilowatt-hour, in its currency.
type PricePerKWh float64

// Of an energy at the site's meter, so with PUE in.
func (p PricePerKWh) Of(energy WattHours) float64 { return float64(p) * float64(energy) / 1000 }

// Embodied is what making a device emitted, as somebody declares it.
type Embodied struct {
	// PerDevice is its whole footprint before use, Lifetime the hours of use that
	// this is spread over.
	PerDevice Grams
	Lifetime  time.Duration
}

// Share is the part of the footprint that using devices for a time takes: the time
// share of the Software Carbon Intensity specification (ISO/IEC 21031:2024), with
// the device reserved for the run.
func (e Embodied) Share(devices int, used time.Duration) Grams {
	return Grams(float64(e.PerDevice) * float64(devices) * float64(used) / float64(e.Lifetime))
}
