// Package reporting sees runs to their end: it checks, before the load, that
// results can be written; and after it, seals the run, computes, and writes.
//
// It promises that one replica reports a run at a time, by lease; that a run
// whose reporter died is taken up by another, which reads the same streams and
// comes to the same bytes; that a run is sealed as complete, or with what is
// missing listed; and that every run comes to its end: what may pass by itself is
// tried again, and what follows from the stored events alone, or from a place that
// does not take the result, ends the run with what to do about it.
package reporting
