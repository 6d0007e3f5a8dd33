// Package archive is a run as a file: CloudEvents in structured mode, one JSON
// object a line, every event of the run in stored order, then one that ends the
// file with the run's state and the number of events. A name that ends in .gz is
// compressed.
//
// It promises that a file it has read to its end is whole and of one run: a line
// that is no event, an event of another run, a missing end and a wrong count are
// errors with their line. It knows files and events, and no broker.
package archive
