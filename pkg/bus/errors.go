package bus

import (
	"errors"
	"fmt"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Errors that callers branch on.
var (
	// ErrNotFound is for a key, bucket or stream that is not there.
	ErrNotFound = driver.ErrNotFound
	// ErrConflict is for a key that another writer has changed or created.
	ErrConflict = driver.ErrConflict
	// ErrRejected is for an event that the broker will never take: the stream is
	// full, or the event too large.
	ErrRejected = driver.ErrRejected
	// ErrClosed is for use of a bus after Close.
	ErrClosed = driver.ErrClosed
	// ErrRunClosed is for publishing to a run after CloseRun.
	ErrRunClosed = errors.New("producer has closed the run")
)

// UnstoredError lists events that are not known to be stored.
type UnstoredError struct {
	IDs []event.ID
	// Err is why, for the last of them.
	Err error
}

// Error implements error; it names the first few events.
func (e *UnstoredError) Error() string {
	const shown = 3
	names := make([]string, 0, shown)
	for _, id := range e.IDs[:min(shown, len(e.IDs))] {
		names = append(names, id.String())
	}
	more := ""
	if n := len(e.IDs) - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Sprintf("%d events not stored (%s%s): %v", len(e.IDs), strings.Join(names, ", "), more, e.Err)
}

// Unwrap gives the reason.
func (e *UnstoredError) Unwrap() error { return e.Err }

// DecodeError is a stored message that is not a valid event.
type DecodeError struct {
	Stream  string
	Seq     uint64
	Subject string
	// Err is one of pkg/envelope's errors.
	Err error

	message driver.Message
}

// Error implements error.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("message %d of %s on %s: %v", e.Seq, e.Stream, e.Subject, e.Err)
}

// Unwrap gives the reason.
func (e *DecodeError) Unwrap() error { return e.Err }
