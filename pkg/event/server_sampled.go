package event

// ServerSampled is one scrape of the inference server's own metrics, reduced to
// what explains a run. An absent value was not offered.
type ServerSampled struct {
	Endpoint string `json:"endpoint"`
	Clock    Clock  `json:"clock"`
	At       Stamp  `json:"at"`

	RequestsRunning       *float64 `json:"requests_running,omitempty"`
	RequestsWaiting       *float64 `json:"requests_waiting,omitempty"`
	KVCacheUsageRatio     *float64 `json:"kv_cache_usage_ratio,omitempty"`
	PromptTokensTotal     *float64 `json:"prompt_tokens_total,omitempty"`
	GenerationTokensTotal *float64 `json:"generation_tokens_total,omitempty"`
	RequestSuccessTotal   *float64 `json:"request_success_total,omitempty"`
	PreemptionsTotal      *float64 `json:"preemptions_total,omitempty"`
}

// EventType implements Payload.
func (*ServerSampled) EventType() Type { return TypeServerSampled }

// EventSubject implements Payload.
func (*ServerSampled) EventSubject() string { return "" }

// Validate implements Payload.
func (s *ServerSampled) Validate() error {
	var c checker
	c.require(s.Endpoint != "", "endpoint: missing")
	c.clock(s.Clock)
	c.require(s.At.WallNS > 0, "at.wall_ns: missing")
	return c.err()
}
