//go:build cgo

package nvml

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Source is the NVIDIA GPUs of this host.
type Source struct {
	lib    library
	clock  clock.Clock
	driver string
	notes  []string
	gpus   []*gpu
	hz     float64
	closed bool
}

var _ device.Source = (*Source)(nil)

// Open loads the library and settles how each GPU is read. It returns ErrNoDriver
// where there is no driver, device.ErrNone where there is no GPU, and
// device.ErrNoSuchDevice for an index that the host does not have.
func Open(o Options, c clock.Clock) (*Source, error) { return open(load(o.Library), o, c) }

func open(lib library, o Options, c clock.Clock) (*Source, error) {
	if err := lib.Init(); err != nil {
		return nil, fmt.Errorf("open nvml: %w", err)
	}
	s := &Source{lib: lib, clock: c, hz: o.SampleHz}
	if err := s.find(o.Indices); err != nil {
		return nil, errors.Join(err, lib.Shutdown())
	}
	return s, nil
}

func (s *Source) find(indices []int) error {
	if v, code := s.lib.DriverVersion(); code == nvml.SUCCESS {
		s.driver = v
	}
	n, code := s.lib.DeviceCount()
	if err := failed("nvmlDeviceGetCount", code); err != nil {
		return fmt.Errorf("open nvml: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("%w: the NVIDIA driver is here, but no GPU", device.ErrNone)
	}
	if len(indices) == 0 {
		for i := range n {
			indices = append(indices, i)
		}
	}
	for _, i := range slices.Compact(slices.Sorted(slices.Values(indices))) {
		if i < 0 || i >= n {
			return fmt.Errorf("%w: GPU index %d of %d", device.ErrNoSuchDevice, i, n)
		}
		g, err := s.probe(i)
		if err != nil {
			return fmt.Errorf("probe GPU %d: %w", i, err)
		}
		g.gaugeTurn = len(s.gpus)
		s.gpus = append(s.gpus, g)
	}
	return nil
}

// Describe implements device.Source.
func (s *Source) Describe(context.Context) (device.Description, error) {
	d := device.Description{Driver: s.driver, Notes: slices.Clone(s.notes)}
	for _, g := range s.gpus {
		d.Devices = append(d.Devices, g.describe())
		if g.handle == nil {
			d.Notes = append(d.Notes, fmt.Sprintf("GPU %d cannot be read: %s", g.index, g.lost))
		}
	}
	return d, nil
}

// Read implements device.Source.
func (s *Source) Read(_ context.Context, at event.Stamp, into device.Sink) {
	for i, g := range s.gpus {
		if s.closed {
			into.Add(i, device.Failed(at.WallNS, device.DeviceLost, "the library was closed"))
			continue
		}
		g.read(s.clock, at, func(r device.Reading) { into.Add(i, r) })
	}
}

// Close implements device.Source.
func (s *Source) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	return s.lib.Shutdown()
}
