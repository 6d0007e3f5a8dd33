package event

// ResultRequest is one row of requests.csv and of the table request_energy: one
// attempt of one request under one attribution method. An absent value is
// missing, never zero.
type ResultRequest struct {
	RunID      RunID  `json:"run_id"`
	Revision   int    `json:"revision"`
	RequestID  string `json:"request_id"`
	Attempt    int    `json:"attempt"`
	Method     string `json:"method"`
	Status     Status `json:"status"`
	ErrorClass string `json:"error_class,omitempty"`
	Warmup     bool   `json:"warmup"`
	Endpoint   string `json:"endpoint"`
	Replica    string `json:"replica"`

	ScheduledNS  *int64 `json:"scheduled_ns,omitempty"`
	SentNS       int64  `json:"sent_ns"`
	FirstByteNS  *int64 `json:"first_byte_ns,omitempty"`
	FirstTokenNS *int64 `json:"first_token_ns,omitempty"`
	// FirstOutputNS is the first text that is not reasoning.
	FirstOutputNS *int64 `json:"first_output_ns,omitempty"`
	LastTokenNS   *int64 `json:"last_token_ns,omitempty"`
	EndNS         int64  `json:"end_ns"`

	// TTFTS is first token − sent. ITLMeanS is the mean gap between chunks that
	// carry text. TPOTS is (last token − first token) / (output tokens − 1), as
	// `vllm bench serve` defines it. E2ES is last token − sent, or end − sent
	// for an attempt without tokens. QueueLagS is our own lateness: sent − scheduled
	// or, in a closed loop, sent − when the driver had the prompt; what was sent again
	// has none.
	TTFTS     *float64 `json:"ttft_s,omitempty"`
	ITLMeanS  *float64 `json:"itl_mean_s,omitempty"`
	TPOTS     *float64 `json:"tpot_s,omitempty"`
	E2ES      float64  `json:"e2e_s"`
	QueueLagS *float64 `json:"queue_lag_s,omitempty"`

	InputTokens     *int64 `json:"input_tokens,omitempty"`
	OutputTokens    *int64 `json:"output_tokens,omitempty"`
	ReasoningTokens *int64 `json:"reasoning_tokens,omitempty"`
	CachedTokens    *int64 `json:"cached_tokens,omitempty"`

	// EnergyJ = DynamicJ + IdleJ = QueueJ + PrefillJ + DecodeJ over the
	// accelerators that served the attempt. EnergyLowJ and EnergyHighJ bound it.
	EnergyJ     *float64 `json:"energy_j,omitempty"`
	EnergyLowJ  *float64 `json:"energy_low_j,omitempty"`
	EnergyHighJ *float64 `json:"energy_high_j,omitempty"`
	DynamicJ    *float64 `json:"dynamic_j,omitempty"`
	IdleJ       *float64 `json:"idle_j,omitempty"`
	QueueJ      *float64 `json:"queue_j,omitempty"`
	PrefillJ    *float64 `json:"prefill_j,omitempty"`
	DecodeJ     *float64 `json:"decode_j,omitempty"`
	// CPUJ and RAMJ are the attempt's share of the host, by the same method;
	// they are not part of EnergyJ.
	CPUJ *float64 `json:"cpu_j,omitempty"`
	RAMJ *float64 `json:"ram_j,omitempty"`

	JPerOutputToken *float64 `json:"j_per_output_token,omitempty"`
	EmissionsGCO2e  *float64 `json:"emissions_gco2e,omitempty"`
	// EmissionsProvenance is that of the energy which EmissionsGCO2e prices: the worst
	// of its parts, accelerators, processors and memory, while Provenance is that of
	// EnergyJ. It is missing also when one of the parts is.
	EmissionsProvenance Provenance `json:"emissions_provenance,omitempty"`
	// Coverage is the share of the attempt's time for which power is known.
	Coverage   *float64   `json:"coverage,omitempty"`
	Provenance Provenance `json:"provenance"`
	Flags      []string   `json:"flags,omitempty"`
}

// EventType implements Payload.
func (*ResultRequest) EventType() Type { return TypeResultRequest }

// EventSubject implements Payload.
func (r *ResultRequest) EventSubject() string { return r.RequestID }

// Validate implements Payload.
func (r *ResultRequest) Validate() error {
	var c checker
	_, err := ParseRunID(string(r.RunID))
	c.require(err == nil, "run_id: %v", err)
	c.require(r.Revision >= 1, "revision: must be at least 1")
	c.token("request_id", r.RequestID)
	c.require(r.Attempt >= 1, "attempt: must be at least 1")
	c.require(r.Method != "", "method: missing")
	c.require(r.Provenance != "", "provenance: missing")
	c.require(r.SentNS > 0, "sent_ns: missing")
	return c.err()
}
