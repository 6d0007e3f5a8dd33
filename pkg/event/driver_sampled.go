package event

// DriverSampled is what a driver's process says of itself: whether it may have
// been the bottleneck that it reports. Everything but At and InFlight counts from
// when this replica joined the load, so that its last sample is the whole account;
// all of it is the process's, whatever else runs in it.
type DriverSampled struct {
	Clock Clock `json:"clock"`
	At    Stamp `json:"at"`
	// PID tells two replicas in one process from two processes: their CPU is the
	// same and must not be added up.
	PID int64 `json:"pid"`
	// Cores is how many threads may run Go code at once.
	Cores int64 `json:"cores"`
	// InFlight is the number of prompts that are being worked on.
	InFlight int64 `json:"in_flight"`
	// ElapsedNS is the time, CPUNS the user and system time in it. CPU is absent
	// where the system does not tell.
	ElapsedNS int64  `json:"elapsed_ns"`
	CPUNS     *int64 `json:"cpu_ns,omitempty"`
	// Sched* is how long goroutines that could run waited for a thread, over all
	// SchedCount waits. A time is the upper bound of its bucket in the runtime's
	// histogram.
	SchedCount int64 `json:"sched_count"`
	SchedP50NS int64 `json:"sched_p50_ns"`
	SchedP99NS int64 `json:"sched_p99_ns"`
	SchedMaxNS int64 `json:"sched_max_ns"`
	// GCPauseNS is the sum of the times that garbage collection stopped the
	// process, GCCount how often it ran.
	GCPauseNS int64 `json:"gc_pause_ns"`
	GCCount   int64 `json:"gc_count"`
}

// EventType implements Payload.
func (*DriverSampled) EventType() Type { return TypeDriverSampled }

// EventSubject implements Payload.
func (*DriverSampled) EventSubject() string { return "" }

// Validate implements Payload.
func (s *DriverSampled) Validate() error {
	var c checker
	c.clock(s.Clock)
	c.require(s.At.WallNS > 0, "at.wall_ns: missing")
	c.require(s.PID > 0, "pid: missing")
	c.require(s.Cores > 0, "cores: missing")
	c.nonNegative("cpu_ns", s.CPUNS)
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"in_flight", s.InFlight},
		{"elapsed_ns", s.ElapsedNS},
		{"sched_count", s.SchedCount},
		{"sched_p50_ns", s.SchedP50NS},
		{"sched_p99_ns", s.SchedP99NS},
		{"sched_max_ns", s.SchedMaxNS},
		{"gc_pause_ns", s.GCPauseNS},
		{"gc_count", s.GCCount},
	} {
		c.nonNegative(f.name, &f.value)
	}
	return c.err()
}
