// Package tick calls a function at a steady rate from 1 Hz to 1 kHz.
//
// It promises absolute time: the n-th call is due n intervals after the first,
// however late the ones before it were, so that a rate neither drifts nor
// bursts. Ticks that are already over when their turn comes are skipped and
// counted, and how late each call began is recorded.
//
// It does not know what is done at a tick.
package tick
