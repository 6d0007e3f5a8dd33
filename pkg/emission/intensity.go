package emission

import "time"

// Intensity is a grid's carbon intensity and where the figure came from.
type Intensity struct {
	Value GramsPerKWh
	// Place is for people, such as "California, United States"; Code is the
	// table's, such as "USA/CA", or "" for a forced value.
	Place string
	Code  string
	// Source is who published the figure, Year the year it is of; 0 when it has
	// none.
	Source string
	Year   int
	// Note says what a reader should know, such as that a coarser figure stands
	// in for a finer one; usually empty.
	Note string

	// From and To bound the time that the figure is of, up to a later one; both are
	// zero for a figure of any time.
	From, To time.Time
	// Estimated is set when the publisher says so, by EstimationMethod.
	Estimated        bool
	EstimationMethod string
}

// Place is what is known of where the energy was drawn. The finest known part
// counts: Force, then Region, then the cloud region, then the country.
type Place struct {
	// Force is a figure of the user's own, in place of any table.
	Force *GramsPerKWh
	// Country is ISO 3166-1 alpha-3. An empty Place means the world.
	Country string
	// Region is a US state, a Canadian province (by name or postal code) or a
	// Nordic bidding zone (SE3).
	Region string
	// CloudProvider and CloudRegion are as the provider writes them, such as
	// gcp and europe-west1.
	CloudProvider string
	CloudRegion   string
	// Zone is a key of a live provider, such as DE or US-CAL-CISO; the table
	// does not use it.
	Zone string
}
