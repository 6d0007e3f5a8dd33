package redfish

import (
	"errors"
	"fmt"
	"net/http"
)

// What a controller may do instead of giving a figure.
var (
	// ErrUnauthorised: it refuses the account, or what the account asks for.
	ErrUnauthorised = errors.New("the controller refuses the account")
	// ErrNotFound: it has no such chassis, or no power figure of it.
	ErrNotFound = errors.New("the controller has no such figure")
	// ErrUnreachable: no connection, no trust in its certificate, no answer in time, or
	// it is busy; another try may succeed.
	ErrUnreachable = errors.New("the controller does not answer")
	// ErrAnswer: it answers with something else than the protocol has.
	ErrAnswer = errors.New("the controller's answer is of no use")
)

// classify is the class of an HTTP status; nil for a success.
func classify(status int) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("%w: HTTP %d", ErrUnauthorised, status)
	case status == http.StatusNotFound, status == http.StatusGone:
		return fmt.Errorf("%w: HTTP %d", ErrNotFound, status)
	case status == http.StatusTooManyRequests, status >= 500:
		return fmt.Errorf("%w: HTTP %d", ErrUnreachable, status)
	}
	return fmt.Errorf("%w: HTTP %d", ErrAnswer, status)
}
