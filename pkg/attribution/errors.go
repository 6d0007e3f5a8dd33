package attribution

import "errors"

// What callers branch on.
var (
	// ErrOptions: an unknown method, or a weight that is not a weight.
	ErrOptions = errors.New("bad attribution options")
	// ErrDevice: a device that is unknown, or described twice and differently.
	ErrDevice = errors.New("bad device")
	// ErrRequest: an attempt whose times are not in order, or that differs from
	// what was said of the same attempt before.
	ErrRequest = errors.New("bad request")
	// ErrWindow: a measured window that is empty, or that begins or ends inside
	// time that Advance has settled.
	ErrWindow = errors.New("bad window")
	// ErrClosed: the engine has given its result.
	ErrClosed = errors.New("attribution engine is closed")
)
