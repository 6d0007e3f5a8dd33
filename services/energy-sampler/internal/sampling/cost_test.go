package sampling

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/tick"
)

const benchGPUs = 8

// BenchmarkSampling runs the whole loop on eight GPUs for one second an
// operation, in real time, JSON included. It reports the share of one core that
// the process used, lateness, and what a reading costs on the wire.
//
// library reads the fake NVML through the real binding. memory gives the same
// readings without leaving Go: what it costs is the sampler's own, and the
// difference is the library and the runtime's way into it. empty only wakes.
func BenchmarkSampling(b *testing.B) {
	for _, hz := range []float64{10, 100, 1000} {
		b.Run(fmt.Sprintf("empty/%gHz", hz), func(b *testing.B) {
			runLoop(b, clock.System("bench"), hz, func(context.Context, tick.Tick) {})
		})
		b.Run(fmt.Sprintf("memory/%gHz", hz), func(b *testing.B) { benchmarkSource(b, hz, &memory{}) })
		b.Run(fmt.Sprintf("library/%gHz", hz), func(b *testing.B) {
			nvmltest.Script{
				Devices: benchGPUs, Start: time.Now().Add(-time.Second), Step: 20 * time.Millisecond,
				Power: []nvmltest.Segment{{Device: -1, PowerMW: 412_345}},
			}.Install(b)
			source, err := nvml.Open(nvml.Options{Library: nvmltest.Library(b), SampleHz: hz}, clock.System("bench"))
			require.NoError(b, err)
			defer func() { require.NoError(b, source.Close()) }()
			benchmarkSource(b, hz, source)
		})
	}
}

func benchmarkSource(b *testing.B, hz float64, source device.Source) {
	b.Helper()
	c := clock.System("bench")
	var ids []string
	for i := range benchGPUs {
		ids = append(ids, fmt.Sprintf("GPU-fa4e0000-0000-4000-8000-00000000000%d", i))
	}
	var wire, rows int
	s := newSampler(c, []device.Source{source}, []int{benchGPUs}, ids, func(int, device.Reading) {}, func(p event.Payload) {
		raw, err := json.Marshal(p)
		require.NoError(b, err)
		wire += len(raw)
		if second, ok := p.(*event.PowerSampled); ok {
			for _, d := range second.Devices {
				if d.PowerMW != nil {
					rows += len(d.TNS)
				}
			}
		}
	})
	runLoop(b, c, hz, s.tick)
	s.close(c.Now())
	b.ReportMetric(float64(wire)/float64(rows), "B/sample")
	b.ReportMetric(float64(wire)/float64(b.N), "B/s")
}

// runLoop runs a loop for a second an operation and reports its cost.
func runLoop(b *testing.B, c clock.Clock, hz float64, fn func(context.Context, tick.Tick)) {
	b.Helper()
	every, err := tick.Interval(hz)
	require.NoError(b, err)
	sleeper, err := tick.NewSleeper(func() int64 { return c.Now().MonoNS })
	require.NoError(b, err)
	defer func() { require.NoError(b, sleeper.Close()) }()
	l := &tick.Lateness{}
	ctx, cancel := context.WithTimeout(b.Context(), time.Duration(b.N)*time.Second)
	defer cancel()
	b.ResetTimer()
	before := cpu(b)
	tick.Loop{Clock: c, Sleeper: sleeper, Every: every, Lateness: l}.Run(ctx, func(t tick.Tick) { fn(ctx, t) })
	used := cpu(b) - before
	b.StopTimer()
	b.ReportMetric(100*used.Seconds()/float64(b.N), "%cpu")
	b.ReportMetric(float64(l.Quantile(0.5).Microseconds()), "late-p50-µs")
	b.ReportMetric(float64(l.Quantile(0.99).Microseconds()), "late-p99-µs")
	b.ReportMetric(float64(l.Max().Microseconds()), "late-max-µs")
	b.ReportMetric(float64(l.Missed()), "missed")
}

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// memory is eight GPUs without a library: the readings that the fake one gives.
type memory struct{ gaugesNS int64 }

func (*memory) Describe(context.Context) (device.Description, error) {
	return device.Description{}, nil
}
func (*memory) Close() error { return nil }

func (m *memory) Read(_ context.Context, at event.Stamp, into device.Sink) {
	gauges := at.MonoNS >= m.gaugesNS
	if gauges {
		m.gaugesNS = at.MonoNS + int64(time.Second)
	}
	for i := range benchGPUs {
		r := device.Unread(at.WallNS)
		r.PowerMW, r.EnergyMJ = 412_345, 123_456_789+at.MonoNS/1_000_000*412
		into.Add(i, r)
		if gauges {
			g := device.Gauges{AtNS: at.WallNS, UtilizationPct: 58, MemoryUsedBytes: 42 << 30, SMClockMHz: 1755, TemperatureC: 55, ThrottleReasons: 4, PowerLimitMW: 700_000, MemoryPowerMW: 82_469}
			r := device.Unread(at.WallNS)
			r.Gauges = &g
			into.Add(i, r)
		}
	}
}
