package clickhouse_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
)

func TestServesSQL(t *testing.T) {
	s := clickhousetest.Shared(t)
	db, dsn := clickhousetest.Database(t)
	require.Contains(t, dsn, "clickhouse://aeb:"+s.Password().Reveal()+"@"+s.NativeAddr()+"/"+db)

	exec := func(q string) string {
		t.Helper()
		out, err := s.Exec(t.Context(), q)
		require.NoError(t, err)
		return strings.TrimSpace(out)
	}
	require.Regexp(t, `^26\.7\.`, exec("SELECT version()"))
	require.Equal(t, "Etc/UTC", exec("SELECT timezone()"))
	// What our schema leans on and an old server lacks.
	exec("CREATE TABLE " + db + ".p (run LowCardinality(String), t DateTime64(9, 'UTC') CODEC(DoubleDelta, ZSTD(1)), mw UInt32 CODEC(T64, ZSTD(1)), revision UInt32) " +
		"ENGINE = ReplacingMergeTree(revision) ORDER BY (run, t) TTL toDateTime(t) + INTERVAL 30 DAY")
	exec("INSERT INTO " + db + ".p SELECT 'r', now64(9) + number, number, 1 FROM numbers(100000)")
	require.Equal(t, "100000", exec("SELECT count() FROM "+db+".p FINAL"))
}

func TestNobodyElseGetsIn(t *testing.T) {
	s := clickhousetest.Shared(t)
	ask := func(user, password, query string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.HTTPURL(), strings.NewReader(query))
		require.NoError(t, err)
		req.Header.Set("X-ClickHouse-User", user)
		req.Header.Set("X-ClickHouse-Key", password)
		req.Close = true
		resp, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return string(body)
	}
	require.Contains(t, ask("aeb", "wrong", "SELECT 1"), "AUTHENTICATION_FAILED")
	require.Contains(t, ask("default", "", "SELECT * FROM file('/etc/hostname', 'LineAsString')"), "ACCESS_DENIED")
	require.Contains(t, ask("default", "", "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"), "ACCESS_DENIED")
	require.Contains(t, ask("default", "", "SHOW TABLES FROM default"), "QUOTA_EXCEEDED")
	require.Contains(t, ask("default", "", "SYSTEM STOP LISTEN TCP"), "QUOTA_EXCEEDED")
	require.Contains(t, ask("default", "", "SELECT count() FROM system.numbers"), "QUOTA_EXCEEDED")
	require.Contains(t, ask("default", "", "KILL QUERY WHERE user = ''"), "QUOTA_EXCEEDED")

	host, _, err := net.SplitHostPort(s.NativeAddr())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", host)
}

func TestKeepsDataAndFolderIsExclusive(t *testing.T) {
	dir := t.TempDir()
	first, err := clickhouse.Start(t.Context(), clickhouse.Options{Dir: dir})
	require.NoError(t, err)
	_, err = first.Exec(t.Context(), "CREATE DATABASE kept")
	require.NoError(t, err)
	_, err = first.Exec(t.Context(), "CREATE TABLE kept.a (x Int64) ENGINE = MergeTree ORDER BY x AS SELECT number FROM numbers(10)")
	require.NoError(t, err)

	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = clickhouse.Start(short, clickhouse.Options{Dir: dir})
	require.ErrorIs(t, err, context.DeadlineExceeded)

	require.NoError(t, first.Stop(t.Context()))
	require.NoError(t, first.Stop(t.Context()), "stopping twice is harmless")
	<-first.Done()

	second, err := clickhouse.Start(t.Context(), clickhouse.Options{Dir: dir})
	require.NoError(t, err)
	out, err := second.Exec(t.Context(), "SELECT sum(x) FROM kept.a")
	require.NoError(t, err)
	require.Equal(t, "45\n", out)
	require.NotEqual(t, first.Password(), second.Password())
	require.NoError(t, second.Stop(t.Context()))
}

// TestEndsWithItsParent kills a program that started an engine the hard way, and
// sees the engine let go of its ports and its folder.
func TestEndsWithItsParent(t *testing.T) {
	if dir := os.Getenv("AEB_TEST_PARENT_DIR"); dir != "" {
		s, err := clickhouse.Start(t.Context(), clickhouse.Options{Dir: dir})
		require.NoError(t, err)
		fmt.Fprintln(os.Stdout, "address "+s.NativeAddr())
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test below is gone
	}
	dir := t.TempDir()
	parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEndsWithItsParent$", "-test.v")
	parent.Env = append(os.Environ(), "AEB_TEST_PARENT_DIR="+dir)
	_, err := parent.StdinPipe()
	require.NoError(t, err)
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	lines := bufio.NewScanner(out)
	addr, found := "", false
	for !found && lines.Scan() {
		addr, found = strings.CutPrefix(lines.Text(), "address ")
	}
	require.True(t, found)
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait() // it was killed

	// A new server gets the folder only after the orphan is gone.
	s, err := clickhouse.Start(t.Context(), clickhouse.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, s.Stop(t.Context()))
	_, err = net.Dial("tcp", addr)
	require.Error(t, err)
}

func TestPasswordIsInNoFileAndNoArgument(t *testing.T) {
	dir := t.TempDir()
	s, err := clickhouse.Start(t.Context(), clickhouse.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(raw), s.Password().Reveal(), path)
		return nil
	}))
	require.NoError(t, s.Stop(t.Context()))
}

func TestStopWithAnOpenClient(t *testing.T) {
	s, err := clickhouse.Start(t.Context(), clickhouse.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(s.HTTPURL() + "/ping")
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, s.Stop(t.Context()))
}

func TestForcedStopIsBounded(t *testing.T) {
	s, err := clickhouse.Start(t.Context(), clickhouse.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Stop(ended), context.Canceled)
	<-s.Done()
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := clickhouse.Start(b.Context(), clickhouse.Options{Dir: b.TempDir()})
		require.NoError(b, err)
		require.NoError(b, s.Stop(b.Context()))
	}
}
