// Package working takes part in runs: it checks the server before the load,
// shares the prompts with other replicas under it, and closes its part after it.
//
// It promises at most the run's concurrency in flight over all replicas, a
// stored request.finished before each acknowledgement, and that work which this
// replica abandons is delivered to another as the next attempt.
package working
