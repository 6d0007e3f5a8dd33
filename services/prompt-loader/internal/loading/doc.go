// Package loading takes a run from requested to loaded.
//
// It promises that one replica loads a run at a time (by lease), that a replica
// which takes over goes on after the last prompt on the stream, and that
// everything that keeps a run from starting ends it with a class and a reason.
package loading
