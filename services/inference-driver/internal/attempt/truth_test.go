package attempt

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/own"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// truth compares what attempts measured with when the server wrote, both by this
// host's monotonic clock: errors of the first token and of the gaps, sorted. The
// server is a process of its own, so that lag is the driver's.
func truth(tb testing.TB, streams int, plan plan) (first, gaps []time.Duration, lag event.DriverSampled) {
	tb.Helper()
	server := startRemote(tb, plan)
	s := sender(tb, server.url)
	s.Client = wire.NewClient(streams, "")
	defer s.Client.Close()
	s.Config.Backend.TimeoutS = 60
	results := make([]*event.RequestFinished, streams)
	var group sync.WaitGroup
	for i := range streams {
		group.Go(func() {
			p := prompt
			p.RequestID = fmt.Sprintf("r%d", i)
			results[i] = s.Send(tb.Context(), &p, 1, s.Clock.Now())
		})
	}
	// What it takes to begin so many requests at once is no lag of their streams.
	clock.Wait(tb.Context(), plan.First*7/8)
	meter := own.Start()
	group.Wait()
	meter.Read(&lag)
	byID := map[string]script.Record{}
	for _, r := range server.stop().Records {
		byID[r.RequestID] = r
	}
	for _, r := range results {
		require.Equal(tb, event.StatusOK, r.Status, "%s: %s", r.ErrorClass, r.Error)
		wrote := byID[s.requestID(r)].Before[1:]
		require.Len(tb, r.ChunkGapsNS, len(wrote))
		at := r.Sent.MonoNS
		for i, gap := range r.ChunkGapsNS {
			at += gap
			late := time.Duration(at - wrote[i])
			require.GreaterOrEqual(tb, late, -tied, "measured before it was written")
			if i == 0 {
				first = append(first, late)
				continue
			}
			gaps = append(gaps, time.Duration(gap-(wrote[i]-wrote[i-1])).Abs())
		}
	}
	slices.Sort(first)
	slices.Sort(gaps)
	return first, gaps, lag
}

// tied is how well two processes agree on the kernel's clock.
const tied = 5 * time.Microsecond

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// spread is of many streams that begin at different times.
func spread(streams, tokens int, gap time.Duration) plan {
	return plan{Tokens: tokens, Gap: gap, First: 400 * time.Millisecond, Spread: 7 * gap, Over: streams}
}

// TestNothingIsMeasuredBeforeItIsWritten; how late it may be is the benchmark's.
func TestNothingIsMeasuredBeforeItIsWritten(t *testing.T) {
	first, gaps, _ := truth(t, 32, spread(32, 20, 5*time.Millisecond))
	t.Logf("late: first token p50 %s, p99 %s; gap error p50 %s, p99 %s",
		quantile(first, .5), quantile(first, .99), quantile(gaps, .5), quantile(gaps, .99))
}

// BenchmarkGroundTruth is the error of our figures, and how long our goroutines
// waited meanwhile, while client and server share the machine. 50 tokens per
// stream, 20 tokens/s each.
func BenchmarkGroundTruth(b *testing.B) {
	for _, streams := range []int{1, 64, 512, 2000} {
		b.Run(fmt.Sprint(streams), func(b *testing.B) {
			for range b.N {
				first, gaps, lag := truth(b, streams, spread(streams, 50, 50*time.Millisecond))
				us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
				b.ReportMetric(us(quantile(first, .5)), "µs-ttft-p50")
				b.ReportMetric(us(quantile(first, .99)), "µs-ttft-p99")
				b.ReportMetric(us(quantile(gaps, .5)), "µs-itl-p50")
				b.ReportMetric(us(quantile(gaps, .99)), "µs-itl-p99")
				b.ReportMetric(us(time.Duration(lag.SchedP50NS)), "µs-sched-p50")
				b.ReportMetric(us(time.Duration(lag.SchedP99NS)), "µs-sched-p99")
				b.ReportMetric(us(time.Duration(lag.SchedMaxNS)), "µs-sched-max")
			}
		})
	}
}
