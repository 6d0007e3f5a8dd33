package simulate

import "errors"

// Errors that callers branch on.
var (
	// ErrConfig: the configuration cannot be simulated; all problems are joined.
	ErrConfig = errors.New("bad simulator config")
	// ErrForgotten: the asked time lies before what the simulator still keeps.
	ErrForgotten = errors.New("before the kept time")
	// ErrFault: a fault is of no known kind or concerns no known device.
	ErrFault = errors.New("no such fault")
)
