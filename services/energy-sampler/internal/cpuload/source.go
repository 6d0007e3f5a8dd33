package cpuload

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
)

const (
	// window is the time over which load is taken. The model is convex in the
	// load, so that noise would raise it: the kernel counts in 10 ms ticks, and a
	// second holds a hundred for each processor.
	window = time.Second
	// hop is how often the load is read. Reading it costs the kernel a walk over
	// all processors.
	hop = 100 * time.Millisecond
)

// Watts is the power at a load from 0 to 1: TDP × (0.1 + 0.9 × load³), the load
// mode of CodeCarbon 3.3.0 (codecarbon/external/hardware.py).
func Watts(tdp, load float64) float64 { return tdp * (0.1 + 0.9*load*load*load) }

// Source is the processors of this host.
type Source struct {
	root   string
	device event.Device
	tdp    float64

	history []sample
	powerMW int64
	failure string
}

type sample struct {
	monoNS int64
	busy   machine.Busy
}

var _ device.Source = (*Source)(nil)

// New models the host whose file system is at root, under the given device id.
// A tdp of 0 looks it up. It returns device.ErrNone where the kernel does not
// tell its load.
func New(root, id string, facts machine.Facts, tdpWatts float64) (*Source, error) {
	if _, err := machine.ReadBusy(root); err != nil {
		return nil, fmt.Errorf("%w: %w", device.ErrNone, err)
	}
	tdp := TDP{Watts: tdpWatts, Reason: fmt.Sprintf("TDP given by the config: %g W", tdpWatts)}
	if tdpWatts <= 0 {
		tdp = FindTDP(facts)
	}
	name := facts.CPU
	if name == "" {
		name = "processor"
	}
	return &Source{
		root: root, tdp: tdp.Watts, powerMW: event.Missing,
		device: event.Device{
			ID: id, Kind: event.KindCPU, Name: name,
			PowerSource: "model.cpu.load", Provenance: event.Modelled,
			AverageWindowNS: int64(window),
			SourceReason:    "TDP × (0.1 + 0.9 × load³) over the last second; " + tdp.Reason,
			Flags:           device.AveragedPower.Names(),
		},
	}, nil
}

// Describe implements device.Source.
func (s *Source) Describe(context.Context) (device.Description, error) {
	return device.Description{Devices: []event.Device{s.device}}, nil
}

// Read implements device.Source. Until two readings of the load are a hop apart
// there is nothing to say, and nothing is said.
func (s *Source) Read(_ context.Context, at event.Stamp, into device.Sink) {
	s.update(at.MonoNS)
	if s.failure != "" {
		into.Add(0, device.Failed(at.WallNS, device.ReadError, s.failure))
		return
	}
	if s.powerMW == event.Missing {
		return
	}
	r := device.Unread(at.WallNS)
	r.PowerMW = s.powerMW
	into.Add(0, r)
}

// update moves the window on when a hop has passed.
func (s *Source) update(monoNS int64) {
	n := len(s.history)
	if n > 0 && monoNS-s.history[n-1].monoNS < int64(hop) {
		return
	}
	busy, err := machine.ReadBusy(s.root)
	if err != nil {
		s.failure = err.Error()
		return
	}
	s.failure = ""
	s.history = append(s.history, sample{monoNS, busy})
	// The oldest kept is the last one that is a whole window back.
	for len(s.history) > 2 && monoNS-s.history[1].monoNS >= int64(window) {
		s.history = s.history[1:]
	}
	if load, ok := busy.LoadSince(s.history[0].busy); ok {
		s.powerMW = int64(math.Round(Watts(s.tdp, load) * 1000))
	}
}

// Close implements device.Source.
func (*Source) Close() error { return nil }
