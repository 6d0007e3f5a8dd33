// Package ingest copies the events of all runs into the ClickHouse tables.
//
// It promises that an event is acknowledged only after its rows are committed, so
// that nothing is lost while the database is away: ingest waits, keeps what it
// holds, and the streams keep the rest. An event may be written twice; the tables
// drop the second. Replicas share the work through one consumer for each kind of
// subject, and any replica may take any event, because nothing is joined here.
//
// It computes nothing. Results come as events too, so that they reach the tables
// even when the database was away while they were written to files.
package ingest
