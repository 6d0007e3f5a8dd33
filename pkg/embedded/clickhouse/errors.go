package clickhouse

import "errors"

// Errors that callers branch on.
var (
	// ErrUnavailable: the engine's library cannot be had on this machine. The
	// wrapping text says why and what to do; a run goes on without ClickHouse.
	ErrUnavailable = errors.New("embedded ClickHouse is not available")
	// ErrIntegrity: what was fetched is not what this source expects. It is
	// never used and never retried silently.
	ErrIntegrity = errors.New("fetched ClickHouse library failed its integrity check")
	// ErrInUse: another live server holds the data folder.
	ErrInUse = errors.New("data folder is in use by another embedded ClickHouse")
	// ErrNotHooked: the program did not call RunChildIfAsked before Start, so a
	// child would run the whole program again.
	ErrNotHooked = errors.New("program does not call clickhouse.RunChildIfAsked at the top of main")
	// ErrEngine: the engine ended, or did not answer, during start-up.
	ErrEngine = errors.New("embedded ClickHouse did not start")
)
