// Package clickhouse brings a ClickHouse database to the project's schema and
// writes rows to it, over the native protocol. It is the only package that knows
// the client.
//
// It promises that Write returns nil only when every row is committed; after an
// error some may be, and writing them again is harmless, since every table drops
// rows of one key. Migrate can be repeated, and run by several replicas at once.
//
// It does not retry, and does not know events.
package clickhouse
