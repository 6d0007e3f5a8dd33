package run

import (
	"errors"
	"fmt"
)

// Errors of the store and of leases, returned wrapped.
var (
	// ErrExists is for a run id that is taken.
	ErrExists = errors.New("run exists")
	// ErrUnknown is for a run that is not in the store.
	ErrUnknown = errors.New("run is not known")
	// ErrHeld is for a lease that someone else has; it comes as a *HeldError.
	ErrHeld = errors.New("lease is held")
)

// HeldError says who has the lease.
type HeldError struct{ Name, Holder string }

// Error implements error.
func (e *HeldError) Error() string { return fmt.Sprintf("lease %s is held by %s", e.Name, e.Holder) }

// Is makes it ErrHeld.
func (e *HeldError) Is(target error) bool { return target == ErrHeld }
