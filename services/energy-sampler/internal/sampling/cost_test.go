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

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// readCost is the processor time of one reading of the source, by itself: the
// binding and the library.
func readCost(b *testing.B, c clock.Clock, source device.Source) time.Duration {
	b.Helper()
	const readings = 2000
	before := cpu(b)
	for range readings {
		source.Read(b.Context(), c.Now(), nowhere{})
	}
	return (cpu(b) - before) / readings
}

// nowhere takes readings and forgets them.
type nowhere struct{}

func (nowhere) Add(int, device.Reading) {}

// BenchmarkSampling runs the whole loop against eight GPUs of the fake library
// for one second an operation, in real time. It reports the share of one core
// that the process used, the part of it spent in readings (the binding and the
// library), lateness, and what a reading costs on the wire.
func BenchmarkSampling(b *testing.B) {
	for _, hz := range []float64{10, 100, 1000} {
		b.Run(fmt.Sprintf("%gHz", hz), func(b *testing.B) { benchmarkSampling(b, hz) })
	}
}

// BenchmarkEmptyLoop is the part of BenchmarkSampling that no sampler can save: a
// loop that wakes at the rate and does nothing.
func BenchmarkEmptyLoop(b *testing.B) {
	for _, hz := range []float64{10, 100, 1000} {
		b.Run(fmt.Sprintf("%gHz", hz), func(b *testing.B) {
			_, used := runLoop(b, clock.System("bench"), hz, func(context.Context, tick.Tick) {})
			b.ReportMetric(100*used.Seconds()/float64(b.N), "%cpu")
		})
	}
}

// runLoop runs a loop for a second an operation and returns the processor time.
func runLoop(b *testing.B, c clock.Clock, hz float64, fn func(context.Context, tick.Tick)) (*tick.Lateness, time.Duration) {
	b.Helper()
	every, err := tick.Interval(hz)
	require.NoError(b, err)
	sleeper, err := tick.NewSleeper(func() int64 { return c.Now().MonoNS })
	require.NoError(b, err)
	defer func() { require.NoError(b, sleeper.Close()) }()
	lateness := &tick.Lateness{}
	ctx, cancel := context.WithTimeout(b.Context(), time.Duration(b.N)*time.Second)
	defer cancel()
	b.ResetTimer()
	before := cpu(b)
	tick.Loop{Clock: c, Sleeper: sleeper, Every: every, Lateness: lateness}.Run(ctx, func(t tick.Tick) { fn(ctx, t) })
	used := cpu(b) - before
	b.StopTimer()
	return lateness, used
}

func benchmarkSampling(b *testing.B, hz float64) {
	b.Helper()
	const gpus = 8
	nvmltest.Script{
		Devices: gpus, Start: time.Now().Add(-time.Second), Step: 20 * time.Millisecond,
		Power: []nvmltest.Segment{{Device: -1, PowerMW: 412_345}},
	}.Install(b)
	c := clock.System("bench")
	source, err := nvml.Open(nvml.Options{Library: nvmltest.Library(b), SampleHz: hz}, c)
	require.NoError(b, err)
	defer func() { require.NoError(b, source.Close()) }()
	described, err := source.Describe(b.Context())
	require.NoError(b, err)
	var ids []string
	for _, d := range described.Devices {
		ids = append(ids, d.ID)
	}

	var wire, rows int
	s := newSampler(c, []device.Source{source}, []int{gpus}, ids, func(int, device.Reading) {}, func(p event.Payload) {
		raw, err := json.Marshal(p)
		require.NoError(b, err)
		wire += len(raw)
		for _, d := range p.(*event.PowerSampled).Devices {
			if d.PowerMW != nil {
				rows += len(d.TNS)
			}
		}
	})
	lateness, used := runLoop(b, c, hz, s.tick)
	s.close(c.Now())

	reads := time.Duration(lateness.Ticks()) * readCost(b, c, source)
	share := func(d time.Duration) float64 { return 100 * d.Seconds() / float64(b.N) }
	b.ReportMetric(share(used), "%cpu")
	b.ReportMetric(share(reads), "%cpu-reads")
	b.ReportMetric(share(used-reads), "%cpu-own")
	b.ReportMetric(float64(lateness.Quantile(0.5).Microseconds()), "late-p50-µs")
	b.ReportMetric(float64(lateness.Quantile(0.99).Microseconds()), "late-p99-µs")
	b.ReportMetric(float64(lateness.Max().Microseconds()), "late-max-µs")
	b.ReportMetric(float64(lateness.Missed()), "missed")
	b.ReportMetric(float64(wire)/float64(rows), "B/sample")
	b.ReportMetric(float64(wire)/float64(b.N), "B/s")
}
