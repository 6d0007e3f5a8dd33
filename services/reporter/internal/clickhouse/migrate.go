package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/pressly/goose/v3"

	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

// Migrate makes the database when it is not there and brings it to the schema.
// Every statement can be repeated, so that replicas which race do no harm; a lease
// around it spares them the work.
func (d *DB) Migrate(ctx context.Context) error {
	if err := d.create(ctx); err != nil {
		return err
	}
	db := clickhouse.OpenDB(d.to(d.database))
	provider, err := goose.NewProvider(goose.DialectClickHouse, db, schemas.ClickHouse(),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("migrations of %s: %w", d.Address(), errors.Join(err, db.Close()))
	}
	_, err = provider.Up(ctx)
	if err = errors.Join(err, provider.Close()); err != nil {
		return fmt.Errorf("migrate %s: %w", d.Address(), err)
	}
	return nil
}

// create looks before it creates: an account may use a database without the right
// to make one.
func (d *DB) create(ctx context.Context) error {
	admin, err := clickhouse.Open(d.to("default"))
	if err != nil {
		return fmt.Errorf("ClickHouse at %s: %w", d.Address(), err)
	}
	defer func() { _ = admin.Close() }()
	var found uint64
	if err := admin.QueryRow(ctx, "SELECT count() FROM system.databases WHERE name = $1", d.database).Scan(&found); err != nil {
		return fmt.Errorf("ClickHouse at %s: %w", d.Address(), err)
	}
	if found > 0 {
		return nil
	}
	name := "`" + strings.ReplaceAll(strings.ReplaceAll(d.database, `\`, `\\`), "`", "\\`") + "`"
	if err := admin.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+name); err != nil {
		return fmt.Errorf("create database %s: %w", d.Address(), err)
	}
	return nil
}
