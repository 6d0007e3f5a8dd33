// Package clickhousetest gives the tests of any module the real engine: one
// server per test binary, started when the first test asks, and a database of
// its own for each test.
//
// It promises that a test which cannot have the engine fails; it never skips.
package clickhousetest

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
)

// startTimeout leaves room for the first fetch of the library.
const startTimeout = 10 * time.Minute

var (
	once     sync.Once
	shared   *clickhouse.Server
	startErr error
	dir      string
	mu       sync.Mutex
	nextDB   int
)

// Main is the body of a TestMain: it hands a re-executed child to the engine,
// runs the tests, stops the shared server, and looks for goroutines left behind.
// Further clean-up (closing a connection pool) goes into last, which run first.
func Main(m *testing.M, last ...func()) {
	clickhouse.RunChildIfAsked()
	code := m.Run()
	for _, f := range last {
		f()
	}
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code) //nolint:forbidigo // the end of a TestMain
}

// Shared returns the test binary's server and starts it for the first caller.
func Shared(tb testing.TB) *clickhouse.Server {
	tb.Helper()
	once.Do(func() {
		//nolint:usetesting // the server outlives the test that asked first, and so does its folder
		if dir, startErr = os.MkdirTemp("", "aeb-clickhouse-"); startErr != nil {
			return
		}
		// Not the test's context: the server outlives the test that asked first.
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		defer cancel()
		shared, startErr = clickhouse.Start(ctx, clickhouse.Options{Dir: dir})
	})
	require.NoError(tb, startErr)
	return shared
}

// Database makes an empty database for one test and returns its name and a DSN
// that names it; it is dropped when the test ends.
func Database(tb testing.TB) (name, dsn string) {
	tb.Helper()
	s := Shared(tb)
	mu.Lock()
	nextDB++
	name = fmt.Sprintf("t%d", nextDB)
	mu.Unlock()
	_, err := s.Exec(tb.Context(), "CREATE DATABASE "+name)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		_, err := s.Exec(context.Background(), "DROP DATABASE "+name+" SYNC")
		require.NoError(tb, err)
	})
	return name, strings.TrimSuffix(s.DSN(), "/default") + "/" + name
}

func stop() error {
	if dir != "" {
		defer os.RemoveAll(dir)
	}
	if shared == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return shared.Stop(ctx)
}
