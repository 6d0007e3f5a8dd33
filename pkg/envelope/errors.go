package envelope

import "errors"

// Errors that decoding returns, wrapped with what was wrong. Any of them makes a
// message a dead letter.
var (
	// ErrNotCloudEvent is for a message without the required attributes.
	ErrNotCloudEvent = errors.New("not a CloudEvent")
	// ErrUnknownType is for an event type that this version does not know.
	ErrUnknownType = errors.New("event type is not known")
	// ErrBadData is for data that is not what the type says.
	ErrBadData = errors.New("bad event data")
	// ErrMismatch is for attributes that contradict each other.
	ErrMismatch = errors.New("event contradicts itself")
)
