package attempt

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/own"
)

// BenchmarkThroughput is how fast streams are read from a server in another
// process that sends all it has, turn by turn, and what a chunk costs the CPU in
// both: by attempts and, alternating with them, by a loop that looks at nothing.
// Chunks per read tell how far the reader was behind. Allocations are of whatever
// kind, those of connections and records included.
func BenchmarkThroughput(b *testing.B) {
	for _, m := range []struct{ per, streams int }{{16, 8}, {1, 1}, {1, 8}, {1, 64}} {
		b.Run(fmt.Sprintf("%d-per-write/%d-streams", m.per, m.streams), func(b *testing.B) {
			p := plan{Tokens: min(160_000/m.streams, maxGaps), PerWrite: m.per}
			ours := &reading{server: startRemote(b, p), read: attempted}
			plain := &reading{server: startRemote(b, p), read: readBare}
			for range b.N {
				ours.round(b, m.streams)
				plain.round(b, m.streams)
			}
			chunks := float64(b.N * p.Tokens * m.streams)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(ours.report(b, chunks, "")/plain.report(b, chunks, "bare-"), "×bare")
		})
	}
}

// reading is a way to read what a server sends, and what that came to.
type reading struct {
	server remote
	// read reads one stream and tells in how many reads, roughly.
	read func(b *testing.B, url string) int

	took, cpu time.Duration
	reads     atomic.Int64
	mallocs   uint64
}

func (r *reading) round(b *testing.B, streams int) {
	b.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	meter := own.Start()
	var group sync.WaitGroup
	for range streams {
		group.Go(func() { r.reads.Add(int64(r.read(b, r.server.url))) })
	}
	group.Wait()
	var cost event.DriverSampled
	meter.Read(&cost)
	runtime.ReadMemStats(&after)
	r.took += time.Duration(cost.ElapsedNS)
	r.cpu += time.Duration(*cost.CPUNS)
	r.mallocs += after.Mallocs - before.Mallocs
}

// report returns the nanoseconds of CPU that a chunk cost this process.
func (r *reading) report(b *testing.B, chunks float64, prefix string) float64 {
	b.Helper()
	each := float64(r.cpu) / chunks
	b.ReportMetric(chunks/r.took.Seconds(), prefix+"chunks/s")
	b.ReportMetric(each, prefix+"ns-cpu/chunk")
	b.ReportMetric(float64(*r.server.stop().Cost.CPUNS)/chunks, prefix+"server-ns-cpu/chunk")
	b.ReportMetric(chunks/float64(r.reads.Load()), prefix+"chunks/read")
	b.ReportMetric(float64(r.mallocs)/chunks, prefix+"allocs/chunk")
	return each
}

// attempted makes an attempt. Chunks of one read have one time.
func attempted(b *testing.B, url string) (reads int) {
	b.Helper()
	s := sender(b, url)
	defer s.Client.Close()
	s.Config.Backend.TimeoutS = 60
	r := s.Send(b.Context(), &prompt, 1, s.Clock.Now())
	if r.Status != event.StatusOK {
		b.Error(r.ErrorClass, r.Error)
	}
	for _, gap := range r.ChunkGapsNS {
		if gap > 0 {
			reads++
		}
	}
	return reads
}

func readBare(b *testing.B, url string) (reads int) {
	b.Helper()
	if err := bare(b.Context(), url, "", func([]byte) { reads++ }); err != nil {
		b.Error(err)
	}
	return reads
}
