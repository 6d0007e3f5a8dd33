// Package aeb runs benchmarks from Go: one call takes a config path and
// overrides and returns the summary, or the summaries of a sweep side by side, on
// embedded engines or as a client of a pipeline that runs elsewhere. Stored runs
// are compared, computed again, driven again, exported and imported. The command
// of the same name is a thin layer over it.
//
// It promises the same path whichever way it is called: a run is requested,
// worked on by the four services over the broker, sealed, and reported; what the
// command prints and what [Run] returns is that report.
//
// It holds no logic of measuring: it composes the services and waits.
package aeb
