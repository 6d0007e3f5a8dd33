package run

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// The classes of runs that had too many errors.
const (
	MaxErrors    = "max_errors"
	MaxErrorRate = "max_error_rate"
)

// ErrorBounds end a run that has too many errors; 0 sets no bound.
type ErrorBounds struct {
	Errors int64
	// Rate is the share of requests, judged from judgedFrom of them on.
	Rate float64
}

// judgedFrom is when a rate of errors says something: before it one failure alone
// is a twentieth.
const judgedFrom = 20

// Count records requests that have ended, and how many of them failed, whichever
// replica had them. Too many errors fail the run; last is the newest one, for
// people. Only a running run counts.
func (s State) Count(ended, errors int64, b ErrorBounds, last string, atNS int64) (State, error) {
	if s.Phase != Running {
		return s, nil
	}
	s.Ended += ended
	s.Errors += errors
	switch {
	case b.Errors > 0 && s.Errors >= b.Errors:
		return s.Fail(event.Failure{Class: MaxErrors, Reason: fmt.Sprintf("%d requests failed, the last with %s", s.Errors, last)}, atNS)
	case b.Rate > 0 && s.Ended >= judgedFrom && float64(s.Errors) > b.Rate*float64(s.Ended):
		return s.Fail(event.Failure{
			Class:  MaxErrorRate,
			Reason: fmt.Sprintf("%d of %d requests failed, more than the share of %g, the last with %s", s.Errors, s.Ended, b.Rate, last),
		}, atNS)
	}
	return s, nil
}
