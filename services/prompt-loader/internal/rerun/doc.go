// Package rerun reads the prompts of a run off its stream, so that they can be
// driven again: as they were sent, and in an open loop at the times they were
// scheduled for.
//
// It promises that what it gives is the whole load of that run, prompt by prompt,
// or an error that says what is missing. It knows nothing of datasets.
package rerun
