package script

import "time"

// Record is what happened to one request, in nanoseconds of CLOCK_MONOTONIC.
type Record struct {
	// Number and RequestID (the X-Request-Id header) say which.
	Number    int
	RequestID string
	// Read is when the request's last byte had been read.
	Read int64
	// Before and After are the two sides of each event's write. Fewer than the
	// answer's events: the client left, or the server was closed.
	Before, After []int64
}

// Lateness is how much later than planned the i-th event of the answer was
// written.
func (r Record) Lateness(a Answer, i int) time.Duration {
	return time.Duration(r.Before[i] - r.Read - int64(a.Events[i].At))
}
