package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/tables"
)

// DefaultDatabase is used where the URL names none.
const DefaultDatabase = "aeb"

// Config says where the database is.
type Config struct {
	// URL is clickhouse://host:port/database. Without a database, or with
	// "default", which is where every session begins, DefaultDatabase is meant. An
	// account in it counts where User is empty.
	URL      string
	User     string
	Password config.Secret
}

const (
	dialTimeout = 5 * time.Second
	// writeTimeout bounds one insert: far above what a batch takes, below the
	// minute after which the broker delivers again.
	writeTimeout = 40 * time.Second
	// resultChunk is a batch that inserts well and does not fill the memory.
	resultChunk = 50_000
)

// DB is a database. It connects when it is used, and is safe for concurrent use.
type DB struct {
	options  *clickhouse.Options
	database string
	conn     driver.Conn
}

// Open checks the config; it does not connect. ErrURL when it is wrong.
func Open(c Config) (*DB, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || !slices.Contains([]string{"clickhouse", "tcp", "native"}, u.Scheme) {
		// The text may hold a password, so it is not repeated.
		return nil, fmt.Errorf("%w: want clickhouse://host:port/database", ErrURL)
	}
	options, err := clickhouse.ParseDSN(c.URL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	if c.User != "" {
		options.Auth.Username = c.User
		options.Auth.Password = c.Password.Reveal()
	}
	d := &DB{options: options, database: options.Auth.Database}
	if d.database == "" || d.database == "default" {
		d.database = DefaultDatabase
	}
	options.DialTimeout = dialTimeout
	options.Compression = cmp.Or(options.Compression, &clickhouse.Compression{Method: clickhouse.CompressionLZ4})
	d.conn, err = clickhouse.Open(d.to(d.database))
	if err != nil {
		return nil, fmt.Errorf("ClickHouse at %s: %w", u.Host, err)
	}
	return d, nil
}

// to are the options for a session in a database.
func (d *DB) to(database string) *clickhouse.Options {
	o := *d.options
	o.Auth.Database = database
	return &o
}

// Address is host:port and database, for people.
func (d *DB) Address() string { return d.options.Addr[0] + "/" + d.database }

// Ping asks whether the server answers.
func (d *DB) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := d.conn.Ping(ctx); err != nil {
		return fmt.Errorf("ClickHouse at %s: %w", d.Address(), err)
	}
	return nil
}

// WriteResult inserts a revision of a run's result: the rows first, so that the
// summary, by which views choose the revision, never names rows that are not there.
func (d *DB) WriteResult(ctx context.Context, summary event.Summary, results []event.ResultRequest) error {
	for chunk := range slices.Chunk(results, resultChunk) {
		rows := make([]tables.Row, 0, len(chunk))
		for i := range chunk {
			rows = append(rows, tables.ResultRow(&chunk[i]))
		}
		if err := d.Write(ctx, rows); err != nil {
			return err
		}
	}
	return d.Write(ctx, tables.SummaryRows(&summary))
}

// Write inserts rows, one batch for each table.
func (d *DB) Write(ctx context.Context, rows []tables.Row) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	byTable := map[string][]tables.Row{}
	var order []string
	for _, r := range rows {
		if _, ok := byTable[r.Table]; !ok {
			order = append(order, r.Table)
		}
		byTable[r.Table] = append(byTable[r.Table], r)
	}
	for _, table := range order {
		if err := d.insert(ctx, table, byTable[table]); err != nil {
			return fmt.Errorf("insert %d rows into %s of %s: %w", len(byTable[table]), table, d.Address(), err)
		}
	}
	return nil
}

func (d *DB) insert(ctx context.Context, table string, rows []tables.Row) error {
	batch, err := d.conn.PrepareBatch(ctx, statement(table))
	if err != nil {
		return err
	}
	// Close after Send does nothing; before it, the insert is given up.
	defer func() { _ = batch.Close() }()
	for _, r := range rows {
		if err := batch.Append(r.Values...); err != nil {
			return err
		}
	}
	return batch.Send()
}

func statement(table string) string {
	return "INSERT INTO " + table + " (`" + strings.Join(tables.Columns(table), "`, `") + "`)"
}

// Close ends the connections.
func (d *DB) Close() error { return d.conn.Close() }
