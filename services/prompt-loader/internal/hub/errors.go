package hub

import "errors"

// What keeps a file from being had.
var (
	ErrNotFound    = errors.New("not on the hub")
	ErrAccess      = errors.New("the hub refuses access")
	ErrUnavailable = errors.New("the hub cannot be reached")
	ErrOffline     = errors.New("offline, and not in the cache")
	ErrCorrupt     = errors.New("download is damaged")
)
