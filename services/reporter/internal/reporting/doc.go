// Package reporting sees runs to their end: it checks, before the load, that
// results can be written; and after it, seals the run, computes, and writes.
//
// It promises that one replica reports a run at a time, by lease; that a run
// whose reporter died is taken up by another, which reads the same streams and
// comes to the same bytes; and that a run is sealed as complete, or with what is
// missing listed.
package reporting
