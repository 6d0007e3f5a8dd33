// Package collect reads a run from its stored streams.
//
// It promises the same [Run] for the same set of events, whatever their order
// and however often each comes, and an account of completeness: what every
// producer says it published against what was read. Messages that cannot be
// decoded are counted and never guessed at.
package collect
