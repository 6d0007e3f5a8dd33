package event

// Fit is what the fitted method learned of one device: its power as a sum of
// costs, by non-negative least squares over the run.
type Fit struct {
	Device string `json:"device"`
	// Usable is false when there was too little to learn from, which Unusable
	// says: the method then goes by the declared weights of tokens.
	Usable   bool   `json:"usable"`
	Unusable string `json:"unusable,omitempty"`

	PrefillTokenJ float64 `json:"prefill_token_j"`
	DecodeTokenJ  float64 `json:"decode_token_j"`
	// ActiveW is power while anyone is served, idle power included; IdleW while
	// nobody is, absent when that was less than a second of the load.
	ActiveW float64  `json:"active_w"`
	IdleW   *float64 `json:"idle_w,omitempty"`

	// R2 is the share of the variance of power that the costs explain. ResidualW is
	// the root mean square of what they leave, per degree of freedom, ResidualRel that
	// relative to mean power.
	R2          float64 `json:"r2"`
	ResidualW   float64 `json:"residual_w"`
	ResidualRel float64 `json:"residual_rel"`
	// Bins stretches of at least BinS seconds were compared.
	Bins int64   `json:"bins"`
	BinS float64 `json:"bin_s"`
	// Timed says that the times of most tokens are known.
	Timed bool `json:"timed"`
}

// Goodput is what held the declared bounds (load.slo), over the last attempts of
// requests that are neither warm-up nor cancelled. One that failed, or for which a
// bounded figure is missing, did not hold them.
type Goodput struct {
	TTFTS float64 `json:"ttft_s,omitempty"`
	TPOTS float64 `json:"tpot_s,omitempty"`
	ITLS  float64 `json:"itl_s,omitempty"`
	E2ES  float64 `json:"e2e_s,omitempty"`

	Good         int64   `json:"good"`
	Share        float64 `json:"share"`
	RequestsPerS float64 `json:"requests_per_s"`
	// MissedTTFT and so on count attempts that are ok and missed that bound.
	MissedTTFT int64 `json:"missed_ttft"`
	MissedTPOT int64 `json:"missed_tpot"`
	MissedITL  int64 `json:"missed_itl"`
	MissedE2E  int64 `json:"missed_e2e"`
	// RequestsPerJ is good requests per joule that the accelerators drew over
	// the whole load, JPerRequest its inverse.
	RequestsPerJ *float64 `json:"requests_per_j,omitempty"`
	JPerRequest  *float64 `json:"j_per_request,omitempty"`
}

// ServerResult is what an inference server said of itself during the load.
type ServerResult struct {
	Endpoint string `json:"endpoint"`
	Samples  int64  `json:"samples"`

	RunningMean *float64 `json:"running_mean,omitempty"`
	RunningMax  *float64 `json:"running_max,omitempty"`
	WaitingMean *float64 `json:"waiting_mean,omitempty"`
	WaitingMax  *float64 `json:"waiting_max,omitempty"`
	// KVCacheMean and KVCacheMax are ratios.
	KVCacheMean *float64 `json:"kv_cache_mean,omitempty"`
	KVCacheMax  *float64 `json:"kv_cache_max,omitempty"`

	// The rest are differences of counters between the first and the last
	// reading, FromNS and ToNS.
	FromNS           int64    `json:"from_ns"`
	ToNS             int64    `json:"to_ns"`
	PromptTokens     *float64 `json:"prompt_tokens,omitempty"`
	GenerationTokens *float64 `json:"generation_tokens,omitempty"`
	Requests         *float64 `json:"requests,omitempty"`
	Preemptions      *float64 `json:"preemptions,omitempty"`
	// OwnGenerationTokens is how many of them this run's answers had, by their
	// chunks; ForeignShare the part of the server's that it does not explain.
	// NotCompared says why both are absent.
	OwnGenerationTokens *float64 `json:"own_generation_tokens,omitempty"`
	ForeignShare        *float64 `json:"foreign_share,omitempty"`
	NotCompared         string   `json:"not_compared,omitempty"`
}

// ClientResult is what a driver said of itself: whether it may have been the
// bottleneck that it reports. All of it is the process's, whatever else runs in it.
type ClientResult struct {
	Producer string `json:"producer"`
	Host     string `json:"host"`
	// PID tells two replicas in one process, whose CPU is the same, from two
	// processes.
	PID         int64   `json:"pid"`
	Cores       int64   `json:"cores"`
	ElapsedS    float64 `json:"elapsed_s"`
	InFlightMax int64   `json:"in_flight_max"`
	// CPUS is processor time, CPUShare that of all cores over the time.
	CPUS     *float64 `json:"cpu_s,omitempty"`
	CPUShare *float64 `json:"cpu_share,omitempty"`
	// Sched*S is how long goroutines that could run waited for a thread.
	SchedP50S float64 `json:"sched_p50_s"`
	SchedP99S float64 `json:"sched_p99_s"`
	SchedMaxS float64 `json:"sched_max_s"`
	GCPauseS  float64 `json:"gc_pause_s"`
	GCCount   int64   `json:"gc_count"`
}

// FlagResult is a flag and what it touched.
type FlagResult struct {
	Flag string `json:"flag"`
	// Warns says that figures with it are to be used with care.
	Warns   bool   `json:"warns"`
	Meaning string `json:"meaning"`
	// Devices carry it, and Attempts attempts under any method.
	Devices  []string `json:"devices,omitempty"`
	Attempts int64    `json:"attempts"`
}
