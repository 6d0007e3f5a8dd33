package cpuload

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
)

func TestFindTDP(t *testing.T) {
	f := func(cpu string, threads, packages int, watts float64) {
		t.Helper()
		got := FindTDP(machine.Facts{CPU: cpu, Threads: threads, Packages: packages})
		require.InDelta(t, watts, got.Watts, 1e-9, got.Reason)
		require.NotEmpty(t, got.Reason)
	}
	f("Intel(R) Xeon(R) Platinum 8480+", 112, 1, 350)
	f("Intel(R) Xeon(R) Platinum 8480+", 224, 2, 700)
	f("AMD EPYC 9654 96-Core Processor", 192, 1, 360)
	f("AMD Ryzen 9 5950X 16-Core Processor", 32, 1, 105)
	f("Intel(R) Xeon(R) CPU E5-2690 v4 @ 2.60GHz", 28, 1, 135)
	f("Intel(R) Core(TM) i7-10750H CPU @ 2.60GHz", 12, 1, 45)
	f("12th Gen Intel(R) Core(TM) i7-12700H", 20, 1, 45)
	f("AMD EPYC", 2, 1, 8)
	f("Something New 9000", 16, 1, 64)
	f("", 0, 0, 85)
}

func TestTableIsWhole(t *testing.T) {
	require.Greater(t, len(table()), 4500)
	for key, row := range table() {
		require.Positive(t, row.watts, key)
		require.Less(t, row.watts, 2000.0, key)
	}
}

func TestWatts(t *testing.T) {
	require.InDelta(t, 10, Watts(100, 0), 1e-12)
	require.InDelta(t, 21.25, Watts(100, 0.5), 1e-12)
	require.InDelta(t, 100, Watts(100, 1), 1e-12)
}

type sink map[int][]device.Reading

func (s sink) Add(i int, r device.Reading) { s[i] = append(s[i], r) }

// host is a machine whose load is set.
type host struct {
	t          *testing.T
	root       string
	busy, idle int
}

func (h *host) spend(busy, idle int) {
	h.t.Helper()
	h.busy, h.idle = h.busy+busy, h.idle+idle
	require.NoError(h.t, os.MkdirAll(filepath.Join(h.root, "proc"), 0o750))
	line := fmt.Sprintf("cpu  %d 0 0 %d 0 0 0 0 0 0\n", h.busy, h.idle)
	require.NoError(h.t, os.WriteFile(filepath.Join(h.root, "proc/stat"), []byte(line), 0o600))
}

func TestPowerIsTheModelOfTheLastSecondsLoad(t *testing.T) {
	h := &host{t: t, root: t.TempDir()}
	h.spend(0, 0)
	s, err := New(h.root, "h/cpu", machine.Facts{CPU: "x"}, 100)
	require.NoError(t, err)
	at := event.Stamp{WallNS: int64(time.Hour), MonoNS: int64(time.Hour)}
	got := sink{}
	read := func(busy, idle int) {
		h.spend(busy, idle)
		at.WallNS, at.MonoNS = at.WallNS+int64(hop), at.MonoNS+int64(hop)
		s.Read(t.Context(), at, got)
	}
	read(0, 0)
	require.Empty(t, got[0], "one reading of the load says nothing")
	for range 10 {
		read(20, 0)
	}
	require.EqualValues(t, 100_000, got[0][len(got[0])-1].PowerMW)
	for range 5 {
		read(0, 20)
	}
	require.EqualValues(t, 21_250, got[0][len(got[0])-1].PowerMW, "half of the last second")
	for range 5 {
		read(0, 20)
	}
	require.EqualValues(t, 10_000, got[0][len(got[0])-1].PowerMW)

	// Between two hops the figure stands, at the time of the reading.
	at.WallNS, at.MonoNS = at.WallNS+1, at.MonoNS+1
	s.Read(t.Context(), at, got)
	last := got[0][len(got[0])-1]
	require.EqualValues(t, 10_000, last.PowerMW)
	require.Equal(t, at.WallNS, last.AtNS)

	require.NoError(t, os.Remove(filepath.Join(h.root, "proc/stat")))
	at.MonoNS += int64(hop)
	s.Read(t.Context(), at, got)
	require.Equal(t, device.ReadError, got[0][len(got[0])-1].Flags)
	require.NoError(t, s.Close())
}

func TestDescribeIsModelled(t *testing.T) {
	s, err := New("/", "h/cpu", machine.Facts{CPU: "AMD EPYC 9654 96-Core Processor"}, 0)
	require.NoError(t, err)
	d, err := s.Describe(t.Context())
	require.NoError(t, err)
	got := d.Devices[0]
	require.Equal(t, event.Modelled, got.Provenance)
	require.Contains(t, got.SourceReason, "AMD EPYC 9654 from the makers' table: 360 W")
	require.Equal(t, int64(time.Second), got.AverageWindowNS)

	_, err = New(t.TempDir(), "h/cpu", machine.Facts{}, 0)
	require.ErrorIs(t, err, device.ErrNone)
}

func FuzzNormal(f *testing.F) {
	f.Add("12th Gen Intel(R) Core(TM) i7-12700 @ 2.1GHz")
	f.Add("AMD EPYC 9654 96-Core Processor")
	f.Fuzz(func(t *testing.T, name string) {
		require.Equal(t, normal(name), normal(normal(name)))
	})
}
