package event

import "slices"

// Provenance says how a figure came about. It is never left out: a figure that
// is not measured says so wherever it appears.
type Provenance string

// Provenances, from best to none.
const (
	Measured Provenance = "measured"
	Derived  Provenance = "derived"
	Modelled Provenance = "modelled"
	Absent   Provenance = "missing"
)

var provenances = []Provenance{Measured, Derived, Modelled, Absent}

// Worse is the lesser of two provenances: a figure that is made of both is no better,
// and one of which a part is missing is missing. "" says nothing, and the other stands.
func Worse(a, b Provenance) Provenance {
	if a == b || slices.Index(provenances, b) <= slices.Index(provenances, a) {
		return a
	}
	return b
}
