// Package clickhouse runs the real ClickHouse engine beside this process, so
// that storage has one code path: a native-protocol client to an embedded or to
// a remote server.
//
// It promises that [Start] returns a server that answers on loopback ports only,
// to one user with a random password; that the server ends when its parent ends,
// however that happens; and that the engine's library is fetched once, with npm,
// into a cache outside the tree ([Fetch]), checked against a hash in this source.
// Where the library cannot be had the error is [ErrUnavailable] and says what to do.
//
// It does not bring a client or a schema, and it does not link the engine: the
// engine is a child process, a re-exec of the same binary, so a program that
// calls [Start] calls [RunChildIfAsked] first thing in main (or TestMain).
package clickhouse
