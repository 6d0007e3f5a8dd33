package event

// RequestStarted says that an attempt is on its way to the server.
type RequestStarted struct {
	RequestID string `json:"request_id"`
	// Attempt counts deliveries of the prompt from 1: a second attempt means
	// that a driver replica died during the first.
	Attempt  int    `json:"attempt"`
	Clock    Clock  `json:"clock"`
	Sent     Stamp  `json:"sent"`
	Endpoint string `json:"endpoint"`
}

// RequestFirstToken says that the first token of an attempt has arrived.
type RequestFirstToken struct {
	RequestID string `json:"request_id"`
	Attempt   int    `json:"attempt"`
	Clock     Clock  `json:"clock"`
	At        Stamp  `json:"at"`
}

// EventType implements Payload.
func (*RequestStarted) EventType() Type { return TypeRequestStarted }

// EventType implements Payload.
func (*RequestFirstToken) EventType() Type { return TypeRequestFirstToken }

// EventSubject implements Payload.
func (r *RequestStarted) EventSubject() string { return r.RequestID }

// EventSubject implements Payload.
func (r *RequestFirstToken) EventSubject() string { return r.RequestID }

// Validate implements Payload.
func (r *RequestStarted) Validate() error {
	var c checker
	c.token("request_id", r.RequestID)
	c.require(r.Attempt >= 1, "attempt: must be at least 1")
	c.clock(r.Clock)
	c.require(r.Sent.WallNS > 0, "sent.wall_ns: missing")
	return c.err()
}

// Validate implements Payload.
func (r *RequestFirstToken) Validate() error {
	var c checker
	c.token("request_id", r.RequestID)
	c.require(r.Attempt >= 1, "attempt: must be at least 1")
	c.clock(r.Clock)
	c.require(r.At.WallNS > 0, "at.wall_ns: missing")
	return c.err()
}
