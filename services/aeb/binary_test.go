package aeb_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// binary is the command as it is shipped, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "aeb-binary")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "aeb")
	out, err := exec.Command("go", "build", "-o", path, "./cmd/aeb").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build aeb: %w\n%s", err, out)
	}
	return path, nil
})

// built is the folder of the binary, once there is one.
var built string

// process is the command at work, in a folder of its own.
type process struct {
	*exec.Cmd
	out   bytes.Buffer
	lines *bufio.Scanner
	said  []string
}

func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	args = append(args, "--clickhouse", "off", "--data", filepath.Join(dir, "data"))
	p := &process{Cmd: exec.CommandContext(t.Context(), path, args...)}
	p.Dir, p.Stdout = dir, &p.out
	stderr, err := p.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	p.lines = bufio.NewScanner(stderr)
	return p
}

// until reads standard error up to a line that holds text.
func (p *process) until(t *testing.T, text string) {
	t.Helper()
	for p.lines.Scan() {
		p.said = append(p.said, p.lines.Text())
		if strings.Contains(p.lines.Text(), text) {
			return
		}
	}
	t.Fatalf("never said %q, but:\n%s", text, strings.Join(p.said, "\n"))
}

// code waits for the end.
func (p *process) code(t *testing.T) int {
	t.Helper()
	for p.lines.Scan() {
		p.said = append(p.said, p.lines.Text())
	}
	_ = p.Wait()
	return p.ProcessState.ExitCode()
}

// list is what `aeb runs` prints.
func list(t *testing.T, dir string) string {
	t.Helper()
	p := start(t, dir, "runs")
	require.Zero(t, p.code(t), p.said)
	return p.out.String()
}

// summaries are those that the reporter wrote below dir.
func summaries(t *testing.T, dir string) (out []event.Summary) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "benchmark_output", "*", "summary.json"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var s event.Summary
		require.NoError(t, json.Unmarshal(text, &s))
		require.FileExists(t, filepath.Join(filepath.Dir(file), "requests.csv"))
		out = append(out, s)
	}
	return out
}

var endless = []string{"demo", "scenario.num_samples=100000", "scenario.repeat=true", "metrics.baseline_s=0.2"}

func TestInterruptDrainsAndReports(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir, endless...)
	p.until(t, "in flight")
	require.NoError(t, p.Process.Signal(syscall.SIGINT))
	require.Equal(t, service.ExitRunFailed, p.code(t), p.said)
	require.Contains(t, strings.Join(p.said, "\n"), "stopping in order")
	got := summaries(t, dir)
	require.Len(t, got, 1)
	require.Equal(t, event.RunWasStopped, got[0].Status)
	require.True(t, got[0].Completeness.Complete, "nothing of what was measured is lost")
	require.Positive(t, got[0].Requests.OK)
	require.Positive(t, got[0].Requests.Cancelled)
	require.Contains(t, p.out.String(), "cancelled")
	require.Contains(t, list(t, dir), "reported (cancelled)")
}

func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir, endless...)
	p.until(t, "in flight")
	require.NoError(t, p.Process.Signal(syscall.SIGINT))
	p.until(t, "draining")
	require.NoError(t, p.Process.Signal(syscall.SIGINT))
	require.Equal(t, 130, p.code(t))
	require.Empty(t, summaries(t, dir))
	require.Contains(t, list(t, dir), "draining (cancelled)", "the run is known, and can be reported later")
}

// TestFailedRunKeepsItsResult: a server that fails every request ends the run, and
// what there is of it is written and marked.
func TestFailedRunKeepsItsResult(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"m","object":"model"}]}`)
			return
		}
		http.Error(w, "out of memory", http.StatusInternalServerError)
	}))
	defer server.Close()
	dir := t.TempDir()
	p := start(t, dir, "run", "demo", "backend.endpoint="+server.URL, "backend.model=m", "metrics.enabled=false", "load.fail_fast=3")
	require.Equal(t, service.ExitRunFailed, p.code(t), p.said)
	got := summaries(t, dir)
	require.Len(t, got, 1)
	require.Equal(t, event.RunHasFailed, got[0].Status)
	require.GreaterOrEqual(t, got[0].Requests.Failed, int64(3))
	require.Contains(t, p.out.String(), "run failed: consecutive_failures")
	require.Contains(t, list(t, dir), "reported (consecutive_failures)")
}

// TestSweepThroughTheCommand: the table on standard output, the worst code.
func TestSweepThroughTheCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir, "demo", "load.concurrency=2,6", "scenario.num_samples=12", "load.warmup=0", "metrics.baseline_s=0.2", "--multirun")
	require.Zero(t, p.code(t), p.said)
	require.Contains(t, p.out.String(), "load.concurrency=6")
	require.Contains(t, p.out.String(), "aeb compare --sweep ")
	require.Len(t, summaries(t, dir), 2)

	c := start(t, dir, "compare", "--last", "2", "--csv")
	require.Zero(t, c.code(t), c.said)
	require.Len(t, strings.Split(strings.TrimSpace(c.out.String()), "\n"), 3)

	bad := start(t, dir, "demo", "load.concurrency=2,0", "--multirun")
	require.Equal(t, service.ExitUsage, bad.code(t))
	require.Len(t, summaries(t, dir), 2, "nothing begins when one of the runs is wrong")
}
