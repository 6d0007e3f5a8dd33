package emission

// Factors turn IT energy into emissions and water.
type Factors struct {
	Intensity Intensity
	// PUE is facility energy over IT energy, at least 1.
	PUE float64
	// WUE is site water per IT energy; 0 when it is not known.
	WUE LitresPerKWh
}

// Bill is what an IT energy costs.
type Bill struct {
	// Energy is the IT energy, Facility the same with the site's overhead.
	Energy   WattHours
	Facility WattHours
	CO2e     Grams
	Water    Litres
}

// Price is energy × PUE × intensity in CO2e, and energy × WUE in water. WUE is
// defined over IT energy (The Green Grid), so PUE is no part of the water;
// CodeCarbon multiplies it in. The two agree at PUE 1.
func (f Factors) Price(energy WattHours) Bill {
	facility := WattHours(float64(energy) * f.PUE)
	return Bill{
		Energy:   energy,
		Facility: facility,
		CO2e:     f.Intensity.Value.Of(facility),
		Water:    f.WUE.Of(energy),
	}
}
