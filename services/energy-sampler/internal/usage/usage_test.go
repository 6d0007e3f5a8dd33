package usage

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// fake is a source of two devices that are always read, and a sink.
type fake struct {
	device.Source
	gauges map[int][]device.Gauges
	powers int
}

func (f *fake) Read(_ context.Context, at event.Stamp, into device.Sink) {
	for i := range 2 {
		r := device.Unread(at.WallNS)
		r.PowerMW = 1
		into.Add(i, r)
	}
}

func (f *fake) Add(i int, r device.Reading) {
	if r.Known() {
		f.powers++
	}
	if r.Gauges != nil {
		f.gauges[i] = append(f.gauges[i], *r.Gauges)
	}
}

// stat makes a host of so many ticks since boot.
func stat(t *testing.T, root string, busy, idle int) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "proc"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(root, "proc/stat"), fmt.Appendf(nil, "cpu  %d 0 0 %d 0 0 0 0\n", busy, idle), 0o600))
}

func stamp(at time.Duration) event.Stamp {
	return event.Stamp{WallNS: int64(at), MonoNS: int64(time.Hour + at)}
}

func TestAGaugeIsReadOnceASecondBesideItsDevice(t *testing.T) {
	f := &fake{gauges: map[int][]device.Gauges{}}
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "proc"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(root, "proc/meminfo"), []byte("MemTotal: 9 kB\nMemAvailable: 4 kB\n"), 0o600))
	s := Beside(f, 1, Memory{root})
	for i := range 35 {
		s.Read(t.Context(), stamp(time.Duration(i)*100*time.Millisecond), f)
	}
	require.Equal(t, 70, f.powers)
	require.Empty(t, f.gauges[0])
	require.Len(t, f.gauges[1], 4)
	for i, g := range f.gauges[1] {
		want := device.NoGauges(int64(i) * int64(time.Second))
		want.MemoryUsedBytes = 5 * 1024
		require.Equal(t, want, g)
	}

	require.NoError(t, os.Remove(filepath.Join(root, "proc/meminfo")))
	s.Read(t.Context(), stamp(time.Minute), f)
	require.Len(t, f.gauges[1], 4, "what cannot be read is not said")
}

func TestLoadIsOfTheTimeSinceTheReadingBefore(t *testing.T) {
	root := t.TempDir()
	p := &Processors{Root: root}
	stat(t, root, 500, 500)
	require.Nil(t, p.Read(stamp(0)), "the load since boot is not the host's now")
	stat(t, root, 550, 650)
	got := p.Read(stamp(2 * time.Second))
	require.EqualValues(t, 25, got.UtilizationPct)
	require.EqualValues(t, time.Second, got.AtNS)
	require.Nil(t, p.Read(stamp(3*time.Second)), "no tick has passed")

	require.NoError(t, os.Remove(filepath.Join(root, "proc/stat")))
	require.Nil(t, p.Read(stamp(4*time.Second)))
	stat(t, root, 650, 650)
	got = p.Read(stamp(5 * time.Second))
	require.EqualValues(t, 100, got.UtilizationPct)
	require.EqualValues(t, 4*time.Second, got.AtNS)
}

// Percents are whole numbers, and their mean is as if they were not.
func TestFractionsAreNotLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Processors
		var exact float64
		var told int64
		for _, pct := range rapid.SliceOf(rapid.Float64Range(0, 100)).Draw(t, "percents") {
			whole := p.whole(pct)
			require.True(t, whole >= 0 && whole <= 100, whole)
			exact, told = exact+pct, told+whole
			require.InDelta(t, exact, told, 0.5+1e-9)
		}
	})
}

// BenchmarkRead is what this host's gauges cost, once a second.
func BenchmarkRead(b *testing.B) {
	for _, c := range []struct {
		name  string
		gauge Gauge
	}{{"processors", &Processors{Root: "/"}}, {"memory", Memory{"/"}}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.gauge.Read(stamp(0))
			}
		})
	}
}
