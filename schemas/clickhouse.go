package schemas

import (
	"embed"
	"io/fs"
)

//go:embed clickhouse/*.sql
var migrations embed.FS

// ClickHouse holds the migrations of the ClickHouse database in goose's form, one
// statement to a file, forward only. Tables are named without a database: the
// connection's is meant.
func ClickHouse() fs.FS {
	// The folder is embedded, so it is there.
	sub, _ := fs.Sub(migrations, "clickhouse")
	return sub
}
