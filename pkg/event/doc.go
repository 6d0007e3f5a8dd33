// Package event defines the typed data of every CloudEvent in the pipeline and
// the ids that hold a run together.
//
// It promises that a value built by [New] is valid: the payload's own Validate
// has passed and the id, source and sequence agree. Field names end in their
// unit (_ns, _mw, _mj, _j); counters stay integers; a figure that was not
// measured is absent, never zero.
//
// It does not know how events travel: pkg/envelope puts them on the wire,
// pkg/subject names where, pkg/bus carries them. It imports the standard library
// only, so that pkg/attribution can stay pure.
package event
