package event

// TruthRecorded is the simulator's ledger: the energy that each request really
// used, in simulated physics. It exists only for runs on simulated devices.
type TruthRecorded struct {
	Host string `json:"host"`
	// DeviceJ is the true energy of each device over [FromNS, ToNS].
	DeviceJ map[string]float64 `json:"device_j"`
	FromNS  int64              `json:"from_ns"`
	ToNS    int64              `json:"to_ns"`
	// IdleJ is energy at moments when no request was served.
	IdleJ    float64        `json:"idle_j"`
	Requests []RequestTruth `json:"requests"`
}

// RequestTruth is one request's true energy over all devices.
type RequestTruth struct {
	RequestID string `json:"request_id"`
	Attempt   int    `json:"attempt"`
	// EnergyJ = PrefillJ + DecodeJ + SharedJ, in joules: what its own tokens
	// cost, and its equal share of idle and active power while it was served.
	EnergyJ  float64 `json:"energy_j"`
	PrefillJ float64 `json:"prefill_j"`
	DecodeJ  float64 `json:"decode_j"`
	SharedJ  float64 `json:"shared_j"`
}

// EventType implements Payload.
func (*TruthRecorded) EventType() Type { return TypeTruthRecorded }

// EventSubject implements Payload.
func (t *TruthRecorded) EventSubject() string { return t.Host }

// Validate implements Payload.
func (t *TruthRecorded) Validate() error {
	var c checker
	c.token("host", t.Host)
	c.require(t.FromNS > 0 && t.ToNS >= t.FromNS, "from_ns, to_ns: not an interval")
	for _, r := range t.Requests {
		c.require(r.RequestID != "", "requests: a request has no id")
		c.require(r.EnergyJ >= 0, "requests: %s: energy_j: negative", r.RequestID)
	}
	return c.err()
}
