package emission

// Joules is energy.
type Joules float64

// WattHours is energy: 1 Wh = 3,600 J.
type WattHours float64

// GramsPerKWh is carbon intensity in grams of CO2 equivalent per kilowatt-hour.
type GramsPerKWh float64

// LitresPerKWh is water usage effectiveness: site water per IT energy.
type LitresPerKWh float64

// Grams is mass of CO2 equivalent.
type Grams float64

// Litres is volume of water.
type Litres float64

const joulesPerWattHour = 3600

// WattHours converts.
func (j Joules) WattHours() WattHours { return WattHours(j / joulesPerWattHour) }

// Of is the mass that an energy at this intensity emits.
func (i GramsPerKWh) Of(energy WattHours) Grams { return Grams(float64(i) * float64(energy) / 1000) }

// Of is the water that an IT energy uses.
func (w LitresPerKWh) Of(energy WattHours) Litres { return Litres(float64(w) * float64(energy) / 1000) }
