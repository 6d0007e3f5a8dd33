package loading

import "sync/atomic"

// onStream is what is on the run's stream already.
type onStream struct {
	started, loaded bool
	// prompts holds the indices that earlier attempts published.
	prompts map[int64]bool
	// count is theirs and this attempt's.
	count atomic.Int64
}
