package clickhouse

import "errors"

// ErrURL is for an address that is not clickhouse://host:port/database.
var ErrURL = errors.New("bad ClickHouse URL")
