package event

// ClockOffset is one estimate of how far the wall clock of a host is ahead of
// the reference host's, by the midpoint of the quickest of several round trips.
type ClockOffset struct {
	Host      string `json:"host"`
	Reference string `json:"reference"`
	// AtNS is the reference host's wall time of the estimate.
	AtNS int64 `json:"at_ns"`
	// OffsetNS is host minus reference; ErrorNS is half the round trip.
	OffsetNS int64 `json:"offset_ns"`
	ErrorNS  int64 `json:"error_ns"`
	// HostMonoNS and ReferenceMonoNS are what both monotonic clocks read then, so that
	// an estimate still holds for times from before a wall clock was set. 0 is unknown.
	HostMonoNS      int64 `json:"host_mono_ns,omitempty"`
	ReferenceMonoNS int64 `json:"reference_mono_ns,omitempty"`
	Samples         int   `json:"samples"`
}

// EventType implements Payload.
func (*ClockOffset) EventType() Type { return TypeClockOffset }

// EventSubject implements Payload.
func (o *ClockOffset) EventSubject() string { return o.Host }

// Validate implements Payload.
func (o *ClockOffset) Validate() error {
	var c checker
	c.token("host", o.Host)
	c.token("reference", o.Reference)
	c.require(o.AtNS > 0, "at_ns: missing")
	c.require(o.ErrorNS >= 0, "error_ns: negative")
	c.require(o.HostMonoNS >= 0 && o.ReferenceMonoNS >= 0, "host_mono_ns, reference_mono_ns: negative")
	c.require(o.Samples >= 1, "samples: must be at least 1")
	return c.err()
}
