// Package paced reads a source at a pace of its own, beside the sampling loop: one
// that answers slowly, such as a management controller or a meter behind a slow bus,
// must not hold up the readings of all others.
//
// It promises that the loop never waits for the source, that each reading keeps the
// time at which it was taken, and that no reading is given twice or lost while the
// loop runs. It does not repeat an old reading to fill the time until the next.
package paced
