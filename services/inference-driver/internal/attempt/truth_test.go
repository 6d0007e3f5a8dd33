package attempt

import (
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// truth compares what attempts measured with when the server wrote, both by this
// host's monotonic clock: errors of the first token and of the gaps, sorted.
func truth(tb testing.TB, streams int, plan func(n int) script.Answer) (first, gaps []time.Duration) {
	tb.Helper()
	server, err := script.Serve(tb.Context(), "127.0.0.1:0", func(r script.Request) script.Answer { return plan(r.Number) })
	require.NoError(tb, err)
	s := sender(tb, server.URL())
	s.Client = wire.NewClient(streams, "")
	defer server.Close()
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
	group.Wait()
	require.Eventually(tb, func() bool { return len(server.Records()) == streams }, 5*time.Second, time.Millisecond)
	byID := map[string]script.Record{}
	for _, r := range server.Records() {
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
			require.GreaterOrEqual(tb, late, time.Duration(0), "measured before it was written")
			if i == 0 {
				first = append(first, late)
				continue
			}
			gaps = append(gaps, time.Duration(gap-(wrote[i]-wrote[i-1])).Abs())
		}
	}
	slices.Sort(first)
	slices.Sort(gaps)
	return first, gaps
}

func quantile(sorted []time.Duration, q float64) time.Duration {
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// spread is one of many streams that begin at different times.
func spread(streams, tokens int, gap time.Duration) func(int) script.Answer {
	return func(n int) script.Answer {
		return script.Tokens(script.Stream{
			Chat: true, Model: "m", ID: "x", Count: tokens, Prompt: 7, Gap: gap,
			First: 400*time.Millisecond + time.Duration(n)*gap*7/time.Duration(streams),
		})
	}
}

// TestNothingIsMeasuredBeforeItIsWritten; how late it may be is the benchmark's.
func TestNothingIsMeasuredBeforeItIsWritten(t *testing.T) {
	first, gaps := truth(t, 32, spread(32, 20, 5*time.Millisecond))
	t.Logf("late: first token p50 %s, p99 %s; gap error p50 %s, p99 %s",
		quantile(first, .5), quantile(first, .99), quantile(gaps, .5), quantile(gaps, .99))
}

// BenchmarkGroundTruth is the error of our figures while client and server share
// the machine. 50 tokens per stream, 20 tokens/s each.
func BenchmarkGroundTruth(b *testing.B) {
	for _, streams := range []int{1, 64, 512, 2000} {
		b.Run(fmt.Sprint(streams), func(b *testing.B) {
			for range b.N {
				first, gaps := truth(b, streams, spread(streams, 50, 50*time.Millisecond))
				us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
				b.ReportMetric(us(quantile(first, .5)), "µs-ttft-p50")
				b.ReportMetric(us(quantile(first, .99)), "µs-ttft-p99")
				b.ReportMetric(us(quantile(gaps, .5)), "µs-itl-p50")
				b.ReportMetric(us(quantile(gaps, .99)), "µs-itl-p99")
			}
		})
	}
}

// BenchmarkThroughput is how fast streams are read from a socket, server and
// client on one machine, and what a chunk costs this process, server included.
func BenchmarkThroughput(b *testing.B) {
	for _, per := range []int{1, 16} {
		b.Run(fmt.Sprintf("%d-per-write", per), func(b *testing.B) {
			const tokens, streams = 20_000, 8
			a := script.Tokens(script.Stream{Chat: true, Model: "m", ID: "x", Count: tokens, Prompt: 7, PerWrite: per})
			server, err := script.Serve(b.Context(), "127.0.0.1:0", func(script.Request) script.Answer { return a })
			require.NoError(b, err)
			s := sender(b, server.URL())
			defer server.Close()
			defer s.Client.Close()
			b.ResetTimer()
			before := processCPU()
			for range b.N {
				var group sync.WaitGroup
				for range streams {
					group.Go(func() {
						if r := s.Send(b.Context(), &prompt, 1, s.Clock.Now()); r.Status != event.StatusOK {
							b.Error(r.ErrorClass, r.Error)
						}
					})
				}
				group.Wait()
			}
			chunks := float64(b.N * tokens * streams)
			b.ReportMetric(chunks/b.Elapsed().Seconds(), "chunks/s")
			b.ReportMetric(float64((processCPU()-before).Nanoseconds())/chunks, "cpu-ns/chunk")
		})
	}
}

// processCPU is the user and system time of this process.
func processCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
