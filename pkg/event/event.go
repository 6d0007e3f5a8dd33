package event

import (
	"fmt"
	"time"
)

// Event is a payload with the CloudEvents context attributes that this project
// uses. Build it with [New], or decode it with pkg/envelope.
type Event struct {
	ID ID
	// Time is the event time by the producer's wall clock, in UTC.
	Time time.Time
	// TraceParent is the W3C trace context, or "".
	TraceParent string
	// ReplayOf names the run whose events this one re-publishes, or "".
	ReplayOf RunID
	Data     Payload
}

// New builds an event and validates it.
func New(id ID, at time.Time, data Payload) (Event, error) {
	e := Event{ID: id, Time: at.UTC(), Data: data}
	return e, e.Validate()
}

// Type is the type of the payload.
func (e Event) Type() Type { return e.Data.EventType() }

// Source is the CloudEvents source of the producer.
func (e Event) Source() string { return e.ID.Producer.Source() }

// Subject is the CloudEvents subject: a request, a host, or "".
func (e Event) Subject() string { return e.Data.EventSubject() }

// Validate checks the id and the payload.
func (e Event) Validate() error {
	if err := e.ID.Validate(); err != nil {
		return err
	}
	if e.Data == nil {
		return fmt.Errorf("event %s: no data", e.ID)
	}
	if e.Time.IsZero() {
		return fmt.Errorf("event %s: no time", e.ID)
	}
	if err := e.Data.Validate(); err != nil {
		return fmt.Errorf("event %s (%s): %w", e.ID, e.Type().Name(), err)
	}
	return nil
}
