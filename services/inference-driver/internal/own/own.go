package own

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// waits is the runtime's histogram of how long goroutines were runnable before
// they ran.
const waits = "/sched/latencies:seconds"

// Meter measures from the moment that it was made. It is for one goroutine.
type Meter struct {
	began  time.Time
	cpu    time.Duration
	cpuOK  bool
	gc     debug.GCStats
	counts []uint64
	sample [1]metrics.Sample
}

// Start begins to measure.
func Start() *Meter {
	m := &Meter{began: time.Now()}
	m.sample[0].Name = waits
	m.cpu, m.cpuOK = processCPU()
	debug.ReadGCStats(&m.gc)
	m.counts = slices.Clone(m.waited().Counts)
	return m
}

// Read fills in everything that has happened since Start.
func (m *Meter) Read(s *event.DriverSampled) {
	s.PID, s.Cores = int64(os.Getpid()), int64(runtime.GOMAXPROCS(0))
	s.ElapsedNS = time.Since(m.began).Nanoseconds()
	if cpu, ok := processCPU(); ok && m.cpuOK {
		spent := (cpu - m.cpu).Nanoseconds()
		s.CPUNS = &spent
	}
	var gc debug.GCStats
	debug.ReadGCStats(&gc)
	s.GCPauseNS, s.GCCount = (gc.PauseTotal - m.gc.PauseTotal).Nanoseconds(), gc.NumGC-m.gc.NumGC
	h := m.waited()
	since := make([]uint64, len(h.Counts))
	for i, n := range h.Counts {
		since[i] = n - m.counts[i]
		s.SchedCount += int64(since[i])
	}
	s.SchedP50NS, s.SchedP99NS = quantile(since, h.Buckets, 0.5), quantile(since, h.Buckets, 0.99)
	s.SchedMaxNS = quantile(since, h.Buckets, 1)
}

func (m *Meter) waited() *metrics.Float64Histogram {
	metrics.Read(m.sample[:])
	return m.sample[0].Value.Float64Histogram()
}

// quantile is the upper bound, in nanoseconds, of the bucket that holds the q-th
// of the counts: bucket i lies between bounds i and i+1, in seconds. The last
// bucket has no upper bound; its lower one stands for it.
func quantile(counts []uint64, bounds []float64, q float64) int64 {
	var total uint64
	for _, n := range counts {
		total += n
	}
	if total == 0 {
		return 0
	}
	rank := max(uint64(math.Ceil(q*float64(total))), 1)
	for i, n := range counts {
		if n >= rank {
			bound := bounds[i+1]
			if math.IsInf(bound, 1) {
				bound = bounds[i]
			}
			return int64(math.Ceil(bound * 1e9))
		}
		rank -= n
	}
	return 0
}
