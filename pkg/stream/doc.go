// Package stream declares the project's JetStream streams and buckets as data,
// and makes a broker match the declaration.
//
// It promises that [Ensure] can be repeated: it creates what is missing, changes
// what differs, and never deletes. [Diff] says what Ensure would do. All streams
// have limits retention and file storage, so that everything can be read again;
// a shared consumer shares work all the same.
//
// It does not publish or read; pkg/bus does. Services need no right to call it:
// one admin step does.
package stream
