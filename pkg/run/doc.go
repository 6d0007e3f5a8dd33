// Package run is the life of a run: a pure state machine, and its store with
// compare-and-swap.
//
// requested → baseline → running → draining → sealed → reported, or failed or
// cancelled before the load has begun. A run that fails or is cancelled under
// load goes on through draining, so that what was measured is sealed and
// reported, marked with its outcome. A sealed run whose result cannot be written
// is abandoned as failed.
//
// It promises that every replica sees one order of states and that a transition
// that no longer fits is refused, not applied. It does not do the work of a
// state; services watch and act.
package run
