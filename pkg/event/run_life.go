package event

// RunStarted says that every expected sampler is ready and load may begin.
type RunStarted struct {
	// Hosts that measure the run.
	Hosts []string `json:"hosts"`
	// AtNS is the wall time of the transition.
	AtNS int64 `json:"at_ns"`
}

// RunLoaded says that every prompt of the run is on the stream.
type RunLoaded struct {
	Prompts int64        `json:"prompts"`
	Dataset *DatasetRead `json:"dataset,omitempty"`
	AtNS    int64        `json:"at_ns"`
}

// DatasetRead is what a dataset turned out to be.
type DatasetRead struct {
	// Origin is where its rows are from, with the revision where it has one.
	Origin string `json:"origin"`
	// Prompts is how many of the asked ones it gives; a run that ends early sends fewer.
	Prompts int64 `json:"prompts"`
	// RowsSkipped counts rows that hold no prompt.
	RowsSkipped int64 `json:"rows_skipped"`
}

// RunDrained says that every prompt has come to an end; samplers go on for the
// cool-down and then close.
type RunDrained struct {
	AtNS int64 `json:"at_ns"`
}

// RunSealed says that the stored events of the run are complete, or lists what
// is not.
type RunSealed struct {
	Completeness Completeness `json:"completeness"`
	AtNS         int64        `json:"at_ns"`
}

// RunReported says that a revision of the result has been written.
type RunReported struct {
	Revision int   `json:"revision"`
	AtNS     int64 `json:"at_ns"`
}

// RunFailed says why a run ended early. What was measured up to then is kept
// and reported, marked failed.
type RunFailed struct {
	// Class is an error class of the service that gave up, such as
	// "consecutive_failures" or "no_sampler".
	Class  string `json:"class"`
	Reason string `json:"reason"`
	AtNS   int64  `json:"at_ns"`
}

// RunCancelled says who stopped the run.
type RunCancelled struct {
	Reason string `json:"reason"`
	AtNS   int64  `json:"at_ns"`
}

// EventType implements Payload.
func (*RunStarted) EventType() Type { return TypeRunStarted }

// EventType implements Payload.
func (*RunLoaded) EventType() Type { return TypeRunLoaded }

// EventType implements Payload.
func (*RunDrained) EventType() Type { return TypeRunDrained }

// EventType implements Payload.
func (*RunSealed) EventType() Type { return TypeRunSealed }

// EventType implements Payload.
func (*RunReported) EventType() Type { return TypeRunReported }

// EventType implements Payload.
func (*RunFailed) EventType() Type { return TypeRunFailed }

// EventType implements Payload.
func (*RunCancelled) EventType() Type { return TypeRunCancelled }

// EventSubject implements Payload.
func (*RunStarted) EventSubject() string { return "" }

// EventSubject implements Payload.
func (*RunLoaded) EventSubject() string { return "" }

// EventSubject implements Payload.
func (*RunDrained) EventSubject() string { return "" }

// EventSubject implements Payload.
func (*RunSealed) EventSubject() string { return "" }

// EventSubject implements Payload.
func (*RunReported) EventSubject() string { return "" }

// EventSubject implements Payload.
func (*RunFailed) EventSubject() string { return "" }

// EventSubject implements Payload.
func (*RunCancelled) EventSubject() string { return "" }

// Validate implements Payload.
func (r *RunStarted) Validate() error {
	var c checker
	c.require(r.AtNS > 0, "at_ns: missing")
	for _, h := range r.Hosts {
		c.token("hosts", h)
	}
	return c.err()
}

// Validate implements Payload.
func (r *RunLoaded) Validate() error {
	var c checker
	c.require(r.AtNS > 0, "at_ns: missing")
	c.require(r.Prompts >= 0, "prompts: negative")
	if d := r.Dataset; d != nil {
		c.require(d.Origin != "", "dataset.origin: missing")
		c.require(d.Prompts >= 0 && d.RowsSkipped >= 0, "dataset: negative count")
	}
	return c.err()
}

// Validate implements Payload.
func (r *RunDrained) Validate() error {
	var c checker
	c.require(r.AtNS > 0, "at_ns: missing")
	return c.err()
}

// Validate implements Payload.
func (r *RunSealed) Validate() error {
	var c checker
	c.require(r.AtNS > 0, "at_ns: missing")
	return c.err()
}

// Validate implements Payload.
func (r *RunReported) Validate() error {
	var c checker
	c.require(r.AtNS > 0, "at_ns: missing")
	c.require(r.Revision > 0, "revision: must be at least 1")
	return c.err()
}

// Validate implements Payload.
func (r *RunFailed) Validate() error {
	var c checker
	c.require(r.AtNS > 0, "at_ns: missing")
	c.require(r.Class != "", "class: missing")
	c.require(r.Reason != "", "reason: missing")
	return c.err()
}

// Validate implements Payload.
func (r *RunCancelled) Validate() error {
	var c checker
	c.require(r.AtNS > 0, "at_ns: missing")
	c.require(r.Reason != "", "reason: missing")
	return c.err()
}
