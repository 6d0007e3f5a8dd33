package event

// Beside is what was drawn before the load, from the first reading on, or after it, up
// to the last: the baseline, and how the machine comes to rest. It is in no other
// figure: the ledger is the load's.
type Beside struct {
	// EnergyJ includes GapJ, which is estimated over time without readings.
	EnergyJ float64 `json:"energy_j"`
	GapJ    float64 `json:"gap_j"`
	// IntervalJ bounds EnergyJ; absent of a model that states no error.
	IntervalJ *Interval `json:"interval_j,omitempty"`
	// DurationS is time of which the power is known, MeanPowerW the mean over it. Of
	// several devices it is the longest time and the sum of the means.
	DurationS  float64 `json:"duration_s"`
	MeanPowerW float64 `json:"mean_power_w"`
}
