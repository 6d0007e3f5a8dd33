// Package script is a server whose every event is planned: it writes given bytes
// at given times and records when it did, so that what a client measured can be
// compared with what happened.
//
// It promises that an event is never written before its time, that the record
// holds CLOCK_MONOTONIC readings from both sides of the write (the clock in which
// clients on this host stamp their reads), and that all streams are served by one
// thread that does nothing else, without an allocation per event.
//
// It is no HTTP server for anything else: HTTP/1.1 without TLS, one request at a
// time on a connection, and a client that stops reading stops every stream.
// Physics, tokens and batches are pkg/simulate's.
package script
