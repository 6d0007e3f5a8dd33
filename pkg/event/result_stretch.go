package event

// Stretch is the account of a part of a run's time. Requests count where they
// end; tokens, gaps between them and energy where they fall; so that the
// stretches of a run add up to it.
type Stretch struct {
	FromNS    int64   `json:"from_ns"`
	ToNS      int64   `json:"to_ns"`
	DurationS float64 `json:"duration_s"`

	// RequestsOK and RequestsOther ended within; the others failed or were
	// cancelled.
	RequestsOK    int64   `json:"requests_ok"`
	RequestsOther int64   `json:"requests_other"`
	RequestsPerS  float64 `json:"requests_per_s"`
	// The tokens that the server counted; absent when it counted those of no ok request
	// that was under way within, and there was one.
	InputTokensPerS  *float64 `json:"input_tokens_per_s,omitempty"`
	OutputTokensPerS *float64 `json:"output_tokens_per_s,omitempty"`
	// ConcurrencyMean is the time-weighted mean of requests in flight.
	ConcurrencyMean float64 `json:"concurrency_mean"`
	ConcurrencyMax  int64   `json:"concurrency_max"`

	// Method split the energy. It is the run's own, but where that learns from a whole
	// run another stands in. Absent when nothing was measured.
	Method string `json:"method,omitempty"`
	// The accelerators' account; MeasuredJ is the sum of the others.
	MeasuredJ     *float64 `json:"measured_j,omitempty"`
	RequestsJ     *float64 `json:"requests_j,omitempty"`
	IdleJ         *float64 `json:"idle_j,omitempty"`
	UnattributedJ *float64 `json:"unattributed_j,omitempty"`
	GapJ          *float64 `json:"gap_j,omitempty"`
	MeanPowerW    *float64 `json:"mean_power_w,omitempty"`
	// JPerRequest is energy that ok requests drew within, per ok request that
	// ended within; JPerOutputToken per output token that came within. Absent
	// when there were none, or when tokens were not counted.
	JPerRequest       *float64 `json:"j_per_request,omitempty"`
	WhPer1000Requests *float64 `json:"wh_per_1000_requests,omitempty"`
	JPerOutputToken   *float64 `json:"j_per_output_token,omitempty"`
	// Intervals bound these figures; requests, tokens and time in them are taken as
	// counted. Coverage is the share of the accelerators' time of which their energy is
	// known: the rest is estimated (GapJ), or in no figure but the upper bounds.
	Intervals *Intervals `json:"intervals,omitempty"`
	Coverage  *float64   `json:"coverage,omitempty"`

	// Latency is of ok requests that are not warm-up: our lateness by when they were
	// sent, the first token by when it came, the gaps by when they ended, the others by
	// the request's end.
	Latency Latency `json:"latency"`

	// Good counts requests that are not warm-up, ended within and held the declared
	// bounds; the others set them against time and against MeasuredJ. Absent without
	// bounds.
	Good     *int64   `json:"good,omitempty"`
	GoodPerS *float64 `json:"good_per_s,omitempty"`
	GoodPerJ *float64 `json:"good_per_j,omitempty"`

	// ClientCPUShare is what the drivers' processes used of their cores, between their
	// accounts of themselves evenly; absent when there are none.
	ClientCPUShare *float64 `json:"client_cpu_share,omitempty"`
}

// Steady is the stretch in which the load was what it mostly was, without the
// first wave of prompts and without the tail.
type Steady struct {
	// Absent says why there is none.
	Absent string `json:"absent,omitempty"`
	// InFlight is the load: the number in flight at the median moment of the run.
	InFlight int64 `json:"in_flight"`
	// Within is how many attempts lie wholly within.
	Within  int64    `json:"within"`
	Account *Stretch `json:"account,omitempty"`
}

// StageResult is what a stage of the load came to. Counts and latency are of the
// requests that belong to it, wherever they ended; Account is of the time from its
// first one to the next stage's, absent when it had none.
type StageResult struct {
	// Stage counts from 1; Name is the config's.
	Stage    int           `json:"stage"`
	Name     string        `json:"name,omitempty"`
	Requests RequestCounts `json:"requests"`
	Latency  Latency       `json:"latency"`
	Account  *Stretch      `json:"account,omitempty"`
}
