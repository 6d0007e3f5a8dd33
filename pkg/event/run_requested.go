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
	// Sweep is set for one of several runs that were asked for together.
	Sweep *Sweep `json:"sweep,omitempty"`
}

// Sweep is a run's place among the runs that were asked for together.
type Sweep struct {
	// ID has the form of a run id, of the moment they were asked for.
	ID RunID `json:"id"`
	// Index counts from 0, and Of says how many runs there are.
	Index int `json:"index"`
	Of    int `json:"of"`
	// Label is what tells the run from the others, such as load.concurrency=8.
	Label string `json:"label"`
	// Values are the same by config key, so that runs can be set against a key.
	Values map[string]string `json:"values,omitempty"`
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
	if s := r.Sweep; s != nil {
		_, err := ParseRunID(string(s.ID))
		c.require(err == nil, "sweep.id: %v", err)
		c.require(s.Index >= 0 && s.Index < s.Of, "sweep.index: %d is not below %d", s.Index, s.Of)
	}
	return c.err()
}
