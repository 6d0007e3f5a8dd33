package paced

import (
	"context"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Source hands the readings of another source on.
type Source struct {
	inner device.Source
	clock clock.Clock
	every time.Duration

	stop context.CancelFunc
	done sync.WaitGroup

	mu       sync.Mutex
	readings []numbered
}

type numbered struct {
	device  int
	reading device.Reading
}

var _ device.Source = (*Source)(nil)

// New reads inner every so often until ctx ends or the source is closed, which
// closes inner too. A reading that takes longer is followed by the next at once.
func New(ctx context.Context, inner device.Source, every time.Duration, c clock.Clock) *Source {
	s := &Source{inner: inner, clock: c, every: every}
	ctx, s.stop = context.WithCancel(ctx)
	s.done.Go(func() { s.run(ctx) })
	return s
}

func (s *Source) run(ctx context.Context) {
	ticker := time.NewTicker(s.every)
	defer ticker.Stop()
	for {
		s.inner.Read(ctx, s.clock.Now(), s)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Add implements device.Sink for inner.
func (s *Source) Add(i int, r device.Reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readings = append(s.readings, numbered{i, r})
}

// Describe implements device.Source. Its devices say how often they are read.
func (s *Source) Describe(ctx context.Context) (device.Description, error) {
	d, err := s.inner.Describe(ctx)
	d.Devices = append([]event.Device(nil), d.Devices...)
	for i := range d.Devices {
		d.Devices[i].SamplePeriodNS = int64(s.every)
	}
	return d, err
}

// Read implements device.Source: it gives what was read since the last time.
func (s *Source) Read(_ context.Context, _ event.Stamp, into device.Sink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.readings {
		into.Add(n.device, n.reading)
	}
	s.readings = s.readings[:0]
}

// Close implements device.Source.
func (s *Source) Close() error {
	s.stop()
	s.done.Wait()
	return s.inner.Close()
}
