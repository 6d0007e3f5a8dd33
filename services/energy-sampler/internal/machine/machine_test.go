package machine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return root
}

const cpuinfo = `processor	: 0
model name	: Intel(R) Xeon(R) Platinum 8480+
physical id	: 0

processor	: 1
model name	: Intel(R) Xeon(R) Platinum 8480+
physical id	: 1
`

func TestRead(t *testing.T) {
	root := write(t, map[string]string{
		"proc/cpuinfo":              cpuinfo,
		"proc/meminfo":              "MemTotal:       263846284 kB\nMemFree: 1 kB\n",
		"proc/sys/kernel/osrelease": "6.8.0-45-generic\n",
	})
	f := Read(root)
	require.Equal(t, "Intel(R) Xeon(R) Platinum 8480+", f.CPU)
	require.Equal(t, 2, f.Threads)
	require.Equal(t, 2, f.Packages)
	require.EqualValues(t, 263846284*1024, f.RAMBytes)
	require.Equal(t, "6.8.0-45-generic", f.Kernel)
}

func TestReadWithoutAnything(t *testing.T) {
	f := Read(t.TempDir())
	require.Empty(t, f.CPU)
	require.Positive(t, f.Threads)
	require.Equal(t, 1, f.Packages)
	require.Zero(t, f.RAMBytes)
}

func TestThisMachine(t *testing.T) {
	f := Read("/")
	require.Positive(t, f.RAMBytes)
	b, err := ReadBusy("/")
	require.NoError(t, err)
	require.Positive(t, b.total)
	used, err := MemoryUsed("/")
	require.NoError(t, err)
	require.Positive(t, used)
	require.Less(t, used, f.RAMBytes)
}

func TestLoad(t *testing.T) {
	before, err := parseBusy("cpu  100 0 100 700 100 0 0 0 40 0\ncpu0 …")
	require.NoError(t, err)
	// 50 user, 10 steal, 40 idle more; guest time is inside user time.
	after, err := parseBusy("cpu  150 0 100 730 110 0 0 10 90 0\n")
	require.NoError(t, err)
	load, ok := after.LoadSince(before)
	require.True(t, ok)
	require.InDelta(t, 0.6, load, 1e-12)
	_, ok = after.LoadSince(after)
	require.False(t, ok)
	_, ok = before.LoadSince(after)
	require.False(t, ok)
	_, err = ReadBusy(t.TempDir())
	require.Error(t, err)
}

func TestMemoryUsed(t *testing.T) {
	f := func(meminfo string, used int64, problem string) {
		t.Helper()
		got, err := MemoryUsed(write(t, map[string]string{"proc/meminfo": meminfo}))
		if problem != "" {
			require.ErrorContains(t, err, problem)
			return
		}
		require.NoError(t, err)
		require.Equal(t, used, got)
	}
	f("MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\n", 600*1024, "")
	f("MemTotal: 1000 kB\nMemAvailable: 1000 kB\n", 0, "")
	f("MemTotal: 1000 kB\nMemFree: 100 kB\n", 0, "MemAvailable")
	f("MemAvailable: 400 kB\n", 0, "MemTotal")
	f("MemTotal: 1000 kB\nMemAvailable: 1001 kB\n", 0, "1025024 bytes of 1024000 are available")
	_, err := MemoryUsed(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzParseBusy(f *testing.F) {
	for _, s := range []string{"cpu  1 2 3 4 5 6 7 8 9 10\n", "cpu", "cpu  1 2 3", "cpu  x 2 3 4", "cpu0 1 2 3 4", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, stat string) {
		if b, err := parseBusy(stat); err == nil {
			require.LessOrEqual(t, b.busy, b.total)
		}
	})
}

func FuzzParseCPUInfo(f *testing.F) {
	f.Add([]byte(cpuinfo))
	f.Add([]byte("processor"))
	f.Add([]byte(strings.Repeat("physical id : 1\n", 3)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, threads, packages := parseCPUInfo(raw)
		require.GreaterOrEqual(t, threads, 0)
		require.Positive(t, packages)
	})
}

func FuzzParseMemory(f *testing.F) {
	for _, s := range []string{"MemTotal: 12 kB\n", "MemTotal: -1 kB", "MemTotal: 99999999999999999999 kB", "MemTotal: 5 MB", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		bytes, err := parseMemory(raw, memTotal)
		require.True(t, err != nil || bytes >= 0)
	})
}
