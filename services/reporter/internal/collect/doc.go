// Package collect reads a run from its stored streams.
//
// It promises the same [Run] for the same set of stored events: not their order,
// not repetitions, not who reads or when can change it. Events that were stored
// after the run was sealed are counted late and left out, so that a later reading
// finds the same run. A message that cannot be decoded becomes a dead letter and is
// counted, never guessed at.
//
// Completeness is proved: a producer's events are numbered without gaps, and its
// last one says how many there are. The reporter's own events come after the
// sealing and are about the record, so they are neither part of it nor counted.
//
// It does not interpret what it reads, and keeps no prompt texts.
package collect
