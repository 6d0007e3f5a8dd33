package event

// Interval bounds a figure. It is a bound and no deviation: what it is made of is added,
// not squared.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Intervals bound the figures of Energy or of a Stretch, each under its own name. One is
// absent when the figure is, or when a part of it has no known error; Without says in
// words which, and what the others leave out. What the run's say of gpu_wh and of all holds
// for stretches, which repeat only why there is none.
type Intervals struct {
	MeasuredJ         *Interval `json:"measured_j,omitempty"`
	RequestsJ         *Interval `json:"requests_j,omitempty"`
	GPUWh             *Interval `json:"gpu_wh,omitempty"`
	CPUWh             *Interval `json:"cpu_wh,omitempty"`
	RAMWh             *Interval `json:"ram_wh,omitempty"`
	TotalWh           *Interval `json:"total_wh,omitempty"`
	MeanPowerW        *Interval `json:"mean_power_w,omitempty"`
	JPerRequest       *Interval `json:"j_per_request,omitempty"`
	WhPer1000Requests *Interval `json:"wh_per_1000_requests,omitempty"`
	JPerOutputToken   *Interval `json:"j_per_output_token,omitempty"`
	JPerTotalToken    *Interval `json:"j_per_total_token,omitempty"`
	Without           []string  `json:"without,omitempty"`
}

// Plus is the interval of the sum of two figures; nil when one of them has none.
func (i *Interval) Plus(o *Interval) *Interval {
	if i == nil || o == nil {
		return nil
	}
	return &Interval{i.Low + o.Low, i.High + o.High}
}

// Times is the interval of the figure times a factor that is not negative; nil of nil.
func (i *Interval) Times(factor float64) *Interval {
	if i == nil {
		return nil
	}
	return &Interval{i.Low * factor, i.High * factor}
}
