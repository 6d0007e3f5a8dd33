package event

import "encoding/json"

// RunRequested opens a run. It carries the whole effective config, secrets
// removed, so that the stream alone explains the result.
type RunRequested struct {
	Name string `json:"name"`
	// Config is the effective run config as JSON (pkg/config.Run).
	Config json.RawMessage `json:"config"`
	// ConfigDigest is the SHA-256 of Config in canonical form, hexadecimal.
	ConfigDigest string `json:"config_digest"`
	// Simulated is set when a part of the run is not real (server, devices).
	Simulated bool `json:"simulated"`
	// RerunOf names the run whose prompts and arrival times are driven again.
	RerunOf RunID `json:"rerun_of,omitempty"`
}

// EventType implements Payload.
func (*RunRequested) EventType() Type { return TypeRunRequested }

// EventSubject implements Payload.
func (*RunRequested) EventSubject() string { return "" }

// Validate implements Payload.
func (r *RunRequested) Validate() error {
	var c checker
	c.require(r.Name != "", "name: missing")
	c.require(json.Valid(r.Config), "config: not JSON")
	c.require(len(r.ConfigDigest) == 64, "config_digest: want 64 hexadecimal digits, got %d characters", len(r.ConfigDigest))
	return c.err()
}
