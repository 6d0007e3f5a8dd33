package natsbus_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// started is about the size of most events: 13 headers and 200 bytes of data.
var started = &event.RequestStarted{
	RequestID: "r000001", Attempt: 1, Clock: event.Clock{Host: "driver-1", BootID: "6f1d3c9a-52b7-4f0e-9a51-0c8e2d7b41aa"},
	Sent: event.Stamp{WallNS: 1795518002751204311, MonoNS: 86402751204311}, Endpoint: "http://localhost:8000/v1",
}

// ways to reach the server.
func ways(s *server) map[string]bus.Options {
	return map[string]bus.Options{"loopback": s.options(), "in_process": s.ConnectOptions()}
}

func perSecond(b *testing.B, n int) {
	b.Helper()
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}

func BenchmarkPublish(b *testing.B) {
	s := startServer(b, stream.Options{})
	for name, options := range ways(s) {
		b.Run(name, func(b *testing.B) {
			p := connect(b, options).NewPublisher(producer, clock.System(""))
			run := event.NewRunID(time.Now())
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				require.NoError(b, p.Publish(b.Context(), run, started))
				n++
			}
			require.NoError(b, p.Flush(b.Context()))
			perSecond(b, n)
		})
	}
}

func BenchmarkPublishNow(b *testing.B) {
	s := startServer(b, stream.Options{})
	for name, options := range ways(s) {
		b.Run(name, func(b *testing.B) {
			p := connect(b, options).NewPublisher(producer, clock.System(""))
			run := event.NewRunID(time.Now())
			n := 0
			for b.Loop() {
				require.NoError(b, p.PublishNow(b.Context(), run, started))
				n++
			}
			perSecond(b, n)
		})
	}
}

// stocked is a bus and a run of n events.
func stocked(b *testing.B, n int) (*bus.Bus, event.RunID) {
	b.Helper()
	s := startServer(b, stream.Options{})
	connection := connect(b, s.options())
	p := connection.NewPublisher(producer, clock.System(""))
	run := event.NewRunID(time.Now())
	for range n {
		require.NoError(b, p.Publish(b.Context(), run, started))
	}
	require.NoError(b, p.Flush(b.Context()))
	return connection, run
}

func BenchmarkReplay(b *testing.B) {
	const n = 50_000
	connection, run := stocked(b, n)
	total := 0
	for b.Loop() {
		got := 0
		for _, err := range connection.Replay(b.Context(), run) {
			require.NoError(b, err)
			got++
		}
		require.Equal(b, n, got)
		total += got
	}
	perSecond(b, total)
}

// One event at a time, from fetch to confirmed acknowledgement: what a driver's
// slot costs on top of the request.
func BenchmarkFetchAck(b *testing.B) {
	connection, run := stocked(b, 20_000)
	w, err := connection.NewWorker(b.Context(), bus.WorkerSpec{Name: "w", Run: run, Kind: subject.Request, MaxInFlight: 64})
	require.NoError(b, err)
	n := 0
	for b.Loop() {
		deliveries, err := w.Fetch(b.Context(), 1, time.Second)
		require.NoError(b, err)
		if len(deliveries) == 0 {
			break
		}
		require.NoError(b, deliveries[0].Ack(b.Context()))
		n++
	}
	perSecond(b, n)
}
