// Package tables turns events into rows of the ClickHouse tables.
//
// It promises that a row depends on its event alone, so that a redelivered event
// gives the same row and the table engine drops it, and that a column is null
// where the event has no value. Result rows come from the events that requests.csv
// and summary.json are written from, so that the three agree.
//
// It does not connect to anything; internal/clickhouse writes the rows.
package tables
