package own

import (
	"math"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestWorkIsSeen(t *testing.T) {
	m := Start()
	var group sync.WaitGroup
	for range 4 * runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for end := time.Now().Add(10 * time.Millisecond); time.Now().Before(end); {
				runtime.Gosched()
			}
		})
	}
	group.Wait()
	runtime.GC()
	s := event.DriverSampled{Clock: event.Clock{Host: "h", BootID: "b"}, At: event.Stamp{WallNS: 1}}
	m.Read(&s)
	require.NoError(t, s.Validate())
	require.GreaterOrEqual(t, s.ElapsedNS, int64(10*time.Millisecond))
	require.Positive(t, *s.CPUNS)
	require.Positive(t, s.SchedCount)
	require.Positive(t, s.SchedMaxNS)
	require.LessOrEqual(t, s.SchedP50NS, s.SchedP99NS)
	require.LessOrEqual(t, s.SchedP99NS, s.SchedMaxNS)
	require.Positive(t, s.GCCount)
	require.Positive(t, s.GCPauseNS)
}

func TestQuantileIsTheUpperBoundOfItsBucket(t *testing.T) {
	bounds := []float64{math.Inf(-1), 1e-6, 2e-6, 4e-6, math.Inf(1)}
	counts := []uint64{0, 98, 1, 1}
	require.EqualValues(t, 2000, quantile(counts, bounds, 0.5))
	require.EqualValues(t, 4000, quantile(counts, bounds, 0.99))
	require.EqualValues(t, 4000, quantile(counts, bounds, 1))
	require.EqualValues(t, 0, quantile(make([]uint64, 4), bounds, 0.5))
}

func BenchmarkRead(b *testing.B) {
	m := Start()
	for b.Loop() {
		var s event.DriverSampled
		m.Read(&s)
	}
}
