package event

// Summary is the content of summary.json: what a run cost, how sure the figure
// is, and what is missing. Every energy is in joules unless its name says Wh.
type Summary struct {
	RunID        RunID   `json:"run_id"`
	Name         string  `json:"name"`
	Revision     int     `json:"revision"`
	Status       string  `json:"status"`
	Verdict      Verdict `json:"verdict"`
	ConfigDigest string  `json:"config_digest"`
	Backend      string  `json:"backend"`
	Model        string  `json:"model"`
	Endpoint     string  `json:"endpoint"`
	Dataset      string  `json:"dataset"`
	// DatasetRead is nil when nothing was read.
	DatasetRead *DatasetRead `json:"dataset_read,omitempty"`
	Concurrency int64        `json:"concurrency"`
	Simulated   bool         `json:"simulated"`

	// StartedNS and EndedNS bound the load: first send to last end.
	StartedNS int64   `json:"started_ns"`
	EndedNS   int64   `json:"ended_ns"`
	DurationS float64 `json:"duration_s"`

	Requests   RequestCounts  `json:"requests"`
	Sessions   *SessionCounts `json:"sessions,omitempty"`
	Tokens     TokenSums      `json:"tokens"`
	Latency    Latency        `json:"latency"`
	Throughput Throughput     `json:"throughput"`
	Energy     Energy         `json:"energy"`
	Steady     *Steady        `json:"steady,omitempty"`
	Windows    []Stretch      `json:"windows,omitempty"`
	Stages     []StageResult  `json:"stages,omitempty"`
	Methods    []MethodResult `json:"methods"`
	// MethodSpreadRel is how far apart the methods are on a request: highest less
	// lowest, relative to their mean; over ok attempts that are not warm-up.
	MethodSpreadRel *Distribution  `json:"method_spread_rel,omitempty"`
	Goodput         *Goodput       `json:"goodput,omitempty"`
	Servers         []ServerResult `json:"servers,omitempty"`
	Clients         []ClientResult `json:"clients,omitempty"`
	// Flags are all that any figure of the run carries, by name.
	Flags        []FlagResult          `json:"flags,omitempty"`
	Emissions    Emissions             `json:"emissions"`
	Completeness Completeness          `json:"completeness"`
	Clock        []ClockState          `json:"clock"`
	Hosts        []string              `json:"hosts"`
	Devices      []DeviceResult        `json:"devices"`
	Provenance   map[string]Provenance `json:"provenance"`
	Failure      *Failure              `json:"failure,omitempty"`
	Truth        *TruthComparison      `json:"truth,omitempty"`
	Notes        []string              `json:"notes,omitempty"`
}

// Run statuses in Summary.Status.
const (
	RunCompleted  = "completed"
	RunIncomplete = "incomplete"
	RunHasFailed  = "failed"
	RunWasStopped = "cancelled"
)

// Verdict says whether the figures may be used, and why not.
type Verdict struct {
	// Result is "valid", "valid_with_warnings", "incomplete" or "invalid".
	Result  string   `json:"result"`
	Reasons []string `json:"reasons,omitempty"`
}

// Failure is why a run ended early.
type Failure struct {
	Class  string `json:"class"`
	Reason string `json:"reason"`
}

// RequestCounts counts requests by the outcome of their last attempt. Total = OK +
// Failed + Cancelled; Warmup overlaps with them. Attempts = Total + Retried.
type RequestCounts struct {
	Total     int64 `json:"total"`
	OK        int64 `json:"ok"`
	Failed    int64 `json:"failed"`
	Cancelled int64 `json:"cancelled"`
	Warmup    int64 `json:"warmup"`
	Attempts  int64 `json:"attempts"`
	// Retried counts attempts that a later one replaced.
	Retried int64 `json:"retried"`
	// ByErrorClass counts attempts, also those that were made again.
	ByErrorClass map[string]int64 `json:"by_error_class,omitempty"`
}

// TokenSums adds up the server's usage over attempts that are ok, as far as it told:
// a sum of which it told nothing of any of them is absent.
type TokenSums struct {
	Input     *int64 `json:"input,omitempty"`
	Output    *int64 `json:"output,omitempty"`
	Reasoning *int64 `json:"reasoning,omitempty"`
	Cached    *int64 `json:"cached,omitempty"`
	// Missing counts ok attempts for which the server gave no usage.
	Missing int64 `json:"missing"`
}

// Total is Input + Output, which are absent together.
func (t TokenSums) Total() *int64 {
	if t.Input == nil || t.Output == nil {
		return nil
	}
	return new(*t.Input + *t.Output)
}

// Distribution describes a set of values; absent (nil) when the set is empty.
type Distribution struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	Min   float64 `json:"min"`
	P1    float64 `json:"p1"`
	P5    float64 `json:"p5"`
	P10   float64 `json:"p10"`
	P25   float64 `json:"p25"`
	P50   float64 `json:"p50"`
	P75   float64 `json:"p75"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99_9"`
	Max   float64 `json:"max"`
}

// Latency is in seconds, over ok attempts that are not warm-up. ITL pools the
// gaps of all requests.
type Latency struct {
	TTFTS *Distribution `json:"ttft_s,omitempty"`
	// FirstOutputS is the first token after reasoning; without reasoning it is
	// TTFTS.
	FirstOutputS *Distribution `json:"first_output_s,omitempty"`
	ITLS         *Distribution `json:"itl_s,omitempty"`
	TPOTS        *Distribution `json:"tpot_s,omitempty"`
	E2ES         *Distribution `json:"e2e_s,omitempty"`
	QueueLagS    *Distribution `json:"queue_lag_s,omitempty"`
}

// Throughput is over DurationS. Its tokens are those of TokenSums, and absent when
// they are.
type Throughput struct {
	RequestsPerS     float64  `json:"requests_per_s"`
	InputTokensPerS  *float64 `json:"input_tokens_per_s,omitempty"`
	OutputTokensPerS *float64 `json:"output_tokens_per_s,omitempty"`
	TotalTokensPerS  *float64 `json:"total_tokens_per_s,omitempty"`
	// ConcurrencyMean is the time-weighted mean of requests in flight.
	ConcurrencyMean float64 `json:"concurrency_mean"`
	ConcurrencyMax  int64   `json:"concurrency_max"`
	// AtTargetShare is the part of the time in which at least Summary.Concurrency
	// requests were in flight; closed loop only.
	AtTargetShare *float64 `json:"at_target_share,omitempty"`
}

// Energy is the run's account under the primary method (Methods[0]). For the
// accelerators MeasuredJ = RequestsJ + IdleJ + UnattributedJ + GapJ; ResidualRel
// is what is left over, relative to MeasuredJ. Wh figures say their own scope.
type Energy struct {
	Method        string   `json:"method"`
	MeasuredJ     *float64 `json:"measured_j,omitempty"`
	RequestsJ     *float64 `json:"requests_j,omitempty"`
	IdleJ         *float64 `json:"idle_j,omitempty"`
	UnattributedJ *float64 `json:"unattributed_j,omitempty"`
	GapJ          *float64 `json:"gap_j,omitempty"`
	ResidualRel   *float64 `json:"residual_rel,omitempty"`

	GPUWh   *float64 `json:"gpu_wh,omitempty"`
	CPUWh   *float64 `json:"cpu_wh,omitempty"`
	RAMWh   *float64 `json:"ram_wh,omitempty"`
	TotalWh *float64 `json:"total_wh,omitempty"`
	// NodeWh is what sensors of whole nodes measured. It contains the others on those
	// nodes and is no part of TotalWh; NodeOverParts is its ratio to what they measured,
	// or were modelled to, there.
	NodeWh        *float64 `json:"node_wh,omitempty"`
	NodeOverParts *float64 `json:"node_over_parts,omitempty"`

	// WhPer1000Requests is RequestsJ of ok requests, per 1,000 of them.
	WhPer1000Requests *float64 `json:"wh_per_1000_requests,omitempty"`
	JPerOutputToken   *float64 `json:"j_per_output_token,omitempty"`
	JPerTotalToken    *float64 `json:"j_per_total_token,omitempty"`

	// Coverage is the share of the accelerators' time of which their energy is known.
	Coverage  *float64   `json:"coverage,omitempty"`
	Intervals *Intervals `json:"intervals,omitempty"`

	// Before and After are the accelerators' accounts of the time beside the load.
	Before *Beside `json:"before,omitempty"`
	After  *Beside `json:"after,omitempty"`
}

// MethodResult is the account of one attribution method over the same data.
type MethodResult struct {
	Method        string  `json:"method"`
	MeasuredJ     float64 `json:"measured_j"`
	RequestsJ     float64 `json:"requests_j"`
	IdleJ         float64 `json:"idle_j"`
	UnattributedJ float64 `json:"unattributed_j"`
	GapJ          float64 `json:"gap_j"`
	ResidualRel   float64 `json:"residual_rel"`
	// RequestsIntervalJ bounds RequestsJ. What the method may have charged to one attempt
	// for another is no part of it. Absent when nothing was measured.
	RequestsIntervalJ *Interval `json:"requests_interval_j,omitempty"`
	// OKJ, FailedJ, CancelledJ, WarmupJ and RetriedJ split RequestsJ.
	OKJ        float64 `json:"ok_j"`
	FailedJ    float64 `json:"failed_j"`
	CancelledJ float64 `json:"cancelled_j"`
	WarmupJ    float64 `json:"warmup_j"`
	RetriedJ   float64 `json:"retried_j"`

	PerRequestJ *Distribution `json:"per_request_j,omitempty"`
	QueueJ      *Distribution `json:"queue_j,omitempty"`
	PrefillJ    *Distribution `json:"prefill_j,omitempty"`
	DecodeJ     *Distribution `json:"decode_j,omitempty"`
	DynamicJ    *Distribution `json:"dynamic_j,omitempty"`
	IdleShareJ  *Distribution `json:"idle_share_j,omitempty"`

	// Fits are by device, of the method that learns costs.
	Fits []Fit `json:"fit,omitempty"`
}

// Emissions is energy × PUE × intensity, with where each factor came from.
type Emissions struct {
	GCO2e *float64 `json:"gco2e,omitempty"`
	// GCO2eInterval is that of the energy at the same intensity. How wrong the intensity
	// may be is not known, and no part of it.
	GCO2eInterval *Interval `json:"gco2e_interval,omitempty"`
	// ScopeWh is the energy that was priced, and Scope what it covers, such as
	// "gpu+cpu+ram".
	ScopeWh          *float64 `json:"scope_wh,omitempty"`
	Scope            string   `json:"scope"`
	IntensityGPerKWh *float64 `json:"intensity_g_per_kwh,omitempty"`
	IntensityPlace   string   `json:"intensity_place"`
	IntensitySource  string   `json:"intensity_source"`
	IntensityYear    int      `json:"intensity_year,omitempty"`
	// IntensityNote is what to know of the figure, such as that the country's stands
	// in for a region's.
	IntensityNote string `json:"intensity_note,omitempty"`
	// Observed is set when the run asked for its intensity while it was on.
	Observed           *IntensityRecord `json:"intensity_observed,omitempty"`
	PUE                float64          `json:"pue"`
	WUELPerKWh         float64          `json:"wue_l_per_kwh"`
	WaterL             *float64         `json:"water_l,omitempty"`
	GCO2ePerRequest    *float64         `json:"gco2e_per_request,omitempty"`
	GCO2ePer1000Output *float64         `json:"gco2e_per_1000_output_tokens,omitempty"`

	// Cost is ScopeWh × PUE at the declared price, in Currency.
	ElectricityPricePerKWh *float64 `json:"electricity_price_per_kwh,omitempty"`
	Currency               string   `json:"currency,omitempty"`
	Cost                   *float64 `json:"cost,omitempty"`
	// EmbodiedGCO2e is the share of what making the accelerators emitted that the
	// load's time takes, as EmbodiedSource declares it. It is no part of GCO2e.
	EmbodiedGCO2e  *float64 `json:"embodied_gco2e,omitempty"`
	EmbodiedSource string   `json:"embodied_source,omitempty"`
}

// IntensityRecord is what a run's own questions about the grid came to. IntensityGPerKWh
// is then the mean over the load's energy, each joule at its own time, with the table's
// figure where none was observed.
type IntensityRecord struct {
	Provider string `json:"provider"`
	Zone     string `json:"zone,omitempty"`
	// FirstNS and LastNS are when the first and the last figure were read, by the wall
	// time of the host that asked; 0 when there was none.
	FirstNS int64 `json:"first_ns,omitempty"`
	LastNS  int64 `json:"last_ns,omitempty"`
	// Observations are answers with a figure; Estimated and Cached are those of them
	// that the provider estimated, or that an earlier answer stood in for. Unanswered
	// questions had no figure at all, the last for Problem.
	Observations int    `json:"observations"`
	Estimated    int    `json:"estimated"`
	Cached       int    `json:"cached"`
	Unanswered   int    `json:"unanswered"`
	Problem      string `json:"problem,omitempty"`
	// CoveredShare is the part of the load's time with an observed figure.
	CoveredShare float64 `json:"covered_share"`
}

// Completeness proves, or disproves, that every published event was read.
type Completeness struct {
	Complete   bool            `json:"complete"`
	Expected   uint64          `json:"expected"`
	Seen       uint64          `json:"seen"`
	Duplicates uint64          `json:"duplicates"`
	Late       uint64          `json:"late"`
	Dead       uint64          `json:"dead"`
	Producers  []ProducerCount `json:"producers"`
	Gaps       []SequenceGap   `json:"gaps,omitempty"`
}

// ProducerCount compares what a producer says it published with what was read.
type ProducerCount struct {
	Producer string `json:"producer"`
	Epoch    int64  `json:"epoch"`
	// Closed is false when the producer never said how many events it sent.
	Closed   bool   `json:"closed"`
	Expected uint64 `json:"expected"`
	Seen     uint64 `json:"seen"`
}

// SequenceGap is a run of events of one producer that were not read.
type SequenceGap struct {
	Producer string `json:"producer"`
	Epoch    int64  `json:"epoch"`
	FirstSeq uint64 `json:"first_seq"`
	LastSeq  uint64 `json:"last_seq"`
}

// ClockState is the clock correction that was applied to a host.
type ClockState struct {
	Host      string `json:"host"`
	Reference string `json:"reference"`
	OffsetNS  int64  `json:"offset_ns"`
	ErrorNS   int64  `json:"error_ns"`
	// SameHost is set when both clocks are one, so that the offset is zero by
	// construction.
	SameHost bool `json:"same_host"`
	// Estimates is how many were made; DriftPPM how fast the host's clock ran away
	// from the reference's between the first and the last, in parts per million.
	Estimates int `json:"estimates,omitempty"`
	// SteppedNS is how far the host's wall clock was set while the run was on. Times
	// go by the monotonic clock, so that no energy is moved by it.
	SteppedNS int64   `json:"stepped_ns,omitempty"`
	DriftPPM  float64 `json:"drift_ppm,omitempty"`
}

// DeviceResult is the account of one device.
type DeviceResult struct {
	Host       string     `json:"host"`
	ID         string     `json:"id"`
	Kind       DeviceKind `json:"kind"`
	Name       string     `json:"name"`
	Simulated  bool       `json:"simulated"`
	Provenance Provenance `json:"provenance"`
	// Source is what the total is from: the energy counter, or power where there is
	// none. PowerSource is what its course is from, and SourceReason why these.
	Source       string `json:"source"`
	PowerSource  string `json:"power_source,omitempty"`
	SourceReason string `json:"source_reason,omitempty"`
	Architecture string `json:"architecture,omitempty"`
	// MeasuredJ, IdleJ and GapJ are absent of a device that gave no reading.
	MeasuredJ *float64 `json:"measured_j,omitempty"`
	// IntervalJ bounds MeasuredJ; absent also of a model that states no error.
	IntervalJ *Interval `json:"interval_j,omitempty"`
	IdleJ     *float64  `json:"idle_j,omitempty"`
	GapJ      *float64  `json:"gap_j,omitempty"`
	GapS      float64   `json:"gap_s"`
	Samples   int64     `json:"samples"`
	// CounterJ is ΔE of the energy counter and IntegralJ ∫P dt over the same
	// time; IntegralOverCounter is their ratio. A ratio that stays off 1 is
	// sensor gain.
	CounterJ            *float64 `json:"counter_j,omitempty"`
	IntegralJ           *float64 `json:"integral_j,omitempty"`
	IntegralOverCounter *float64 `json:"integral_over_counter,omitempty"`
	IdlePowerW          *float64 `json:"idle_power_w,omitempty"`
	Before              *Beside  `json:"before,omitempty"`
	After               *Beside  `json:"after,omitempty"`
	MeanPowerW          *float64 `json:"mean_power_w,omitempty"`
	MaxPowerW           *float64 `json:"max_power_w,omitempty"`
	// MemoryPowerMeanW is the part of MeanPowerW that the device's own memory draws.
	// Means and shares of gauges are over their readings during the load, extremes over
	// all of the run's. A host's first processor and its first memory have those of all
	// its processors and memory.
	MemoryPowerMeanW   *float64 `json:"memory_power_mean_w,omitempty"`
	UtilizationMeanPct *float64 `json:"utilization_mean_pct,omitempty"`
	MemoryMeanBytes    *float64 `json:"memory_mean_bytes,omitempty"`
	SMClockMeanMHz     *float64 `json:"sm_clock_mean_mhz,omitempty"`
	TemperatureMaxC    *int64   `json:"temperature_max_c,omitempty"`
	MemoryMaxBytes     *int64   `json:"memory_max_bytes,omitempty"`
	// PowerLimitW is the lowest limit that was in force.
	PowerLimitW *float64 `json:"power_limit_w,omitempty"`
	// ThrottledShare is the part of the load in which heat or the supply held the clocks
	// down, PowerCappedShare the power limit. ThrottleReasons are the parts in which the
	// driver gave each reason, by NVML's names, such as "hw_thermal_slowdown"; one reason
	// may stand beside another.
	ThrottledShare   *float64           `json:"throttled_share,omitempty"`
	PowerCappedShare *float64           `json:"power_capped_share,omitempty"`
	ThrottleReasons  map[string]float64 `json:"throttle_reasons,omitempty"`
	// ForeignProcessesMax is the most processes at once that were not there when
	// the run began.
	ForeignProcessesMax *int64   `json:"foreign_processes_max,omitempty"`
	Flags               []string `json:"flags,omitempty"`
}

// TruthComparison holds attributed against true energy, for simulated runs.
type TruthComparison struct {
	MeasuredJ     float64       `json:"measured_j"`
	IntervalJ     *Interval     `json:"interval_j,omitempty"` // of MeasuredJ
	TrueJ         float64       `json:"true_j"`
	TotalErrorRel float64       `json:"total_error_rel"`
	ByMethod      []MethodTruth `json:"by_method"`
}

// MethodTruth is the relative error |attributed − true| / true over requests.
type MethodTruth struct {
	Method   string       `json:"method"`
	ErrorRel Distribution `json:"error_rel"`
	// InsideInterval is the share of requests whose true energy lies within
	// [energy_low_j, energy_high_j].
	InsideInterval float64 `json:"inside_interval"`
}

// ResultRun publishes a revision of the summary on the run's own stream.
type ResultRun struct {
	Summary Summary `json:"summary"`
}

// EventType implements Payload.
func (*ResultRun) EventType() Type { return TypeResultRun }

// EventSubject implements Payload.
func (*ResultRun) EventSubject() string { return "" }

// Validate implements Payload.
func (r *ResultRun) Validate() error {
	var c checker
	_, err := ParseRunID(string(r.Summary.RunID))
	c.require(err == nil, "summary.run_id: %v", err)
	c.require(r.Summary.Revision >= 1, "summary.revision: must be at least 1")
	c.require(r.Summary.Status != "", "summary.status: missing")
	return c.err()
}
