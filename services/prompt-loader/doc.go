// Package promptloader turns a run config into prompts on a stream.
//
// It opens runs ([Request]), reads datasets, waits until the run's samplers,
// driver and reporter are ready, starts the run, and publishes its prompts: all
// at once in a closed loop, each at its arrival time in an open one, so that the
// stream itself is the arrival trace.
//
// It promises that a run is loaded by one replica at a time, that each prompt is
// published once whatever dies, and that a dataset which cannot be read fails
// the run before any load. It does not talk to inference servers.
package promptloader
