package dataset

import "time"

// Recorded is a set of another run's prompts, of which only the number and the
// arrival times are known here.
func Recorded(n int64, timed bool, arrival func(i int64) time.Duration) Set {
	return Set{Timed: timed, Origin: "a run's stream", n: n, at: func(i int64) Prompt { return Prompt{Arrival: arrival(i)} }}
}
