package ingest

import "errors"

// ErrNotRunning is for a Settle before the database is prepared, or after the end.
var ErrNotRunning = errors.New("ingest is not running")
