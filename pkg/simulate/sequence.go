package simulate

import "sync/atomic"

// sequence is one answer being generated. The engine writes, the handler of the
// request reads: progress is stored last, so whoever has read it sees the rest.
type sequence struct {
	plan
	// prompt is its length in tokens.
	prompt int
	// notify has room for one wake-up, and is shared by the request's sequences.
	notify chan struct{}

	// progress counts tokens made so far; at plan.output the sequence is done.
	progress  atomic.Int64
	cancelled atomic.Bool

	// Of the engine, in nanoseconds of the simulator's clock.
	arrived, started, first, latest, ended int64
	prefilled                              int
	entry                                  *entry
}

// wake tells the handler that there is something new. A handler that is behind
// finds it all at once, so a slow reader never holds up the engine.
func (s *sequence) wake() {
	select {
	case s.notify <- struct{}{}:
	default:
	}
}

// done reports whether the last token has been made.
func (s *sequence) done() bool { return int(s.progress.Load()) >= s.output }

// reserved is the sequence's room in the cache.
func (s *sequence) reserved() int { return s.prompt + s.output }
