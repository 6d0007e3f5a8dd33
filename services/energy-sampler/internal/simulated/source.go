package simulated

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Simulator is what this package needs of one.
type Simulator interface {
	// Devices describes the simulated GPUs.
	Devices(ctx context.Context) ([]event.Device, error)
	// Read reads every sensor once.
	Read(ctx context.Context) ([]Sensors, error)
	// Ledger is the true energy of the run's requests between two wall times.
	Ledger(ctx context.Context, run event.RunID, fromNS, toNS int64) (*event.TruthRecorded, error)
	// Close lets go of the connections.
	Close()
}

// Sensors are what one simulated GPU shows at one moment.
type Sensors struct {
	Device  string
	Reading device.Reading
	Gauges  device.Gauges
}

// gaugePeriod is how often gauges are kept, as with real GPUs.
const gaugePeriod = time.Second

// readTimeout bounds one reading: a simulator on loopback answers within a
// millisecond, and one that does not must not hold up the loop.
const readTimeout = 250 * time.Millisecond

// Source is the simulator's GPUs.
type Source struct {
	simulator Simulator
	devices   []event.Device
	gpus      map[string]*gpu
	// gaugesNS is when gauges are next kept, on the monotonic clock.
	gaugesNS int64
}

// gpu is a device's number and the health of its sensors, which are watched as
// those of real GPUs are: the simulator can break them.
type gpu struct {
	number        int
	power, energy device.Tracker
}

var _ device.Source = (*Source)(nil)

// Open asks the simulator for its devices. indices select by device index; empty
// means all.
func Open(ctx context.Context, simulator Simulator, indices []int) (*Source, error) {
	devices, err := simulator.Devices(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the simulator for its devices: %w", err)
	}
	s := &Source{simulator: simulator, gpus: map[string]*gpu{}}
	for _, d := range devices {
		if len(indices) > 0 && !slices.Contains(indices, d.Index) {
			continue
		}
		d.Simulated = true
		s.gpus[d.ID] = &gpu{number: len(s.devices), energy: device.Tracker{Counter: true}}
		s.devices = append(s.devices, d)
	}
	if len(s.devices) == 0 {
		return nil, fmt.Errorf("%w: the simulator has %d devices, none with an index of %v", device.ErrNoSuchDevice, len(devices), indices)
	}
	return s, nil
}

// Describe implements device.Source.
func (s *Source) Describe(context.Context) (device.Description, error) {
	return device.Description{
		Devices: s.devices, Driver: "simulator",
		Notes: []string{"the GPUs of this host are simulated: no figure of theirs is a measurement"},
	}, nil
}

// Read implements device.Source.
func (s *Source) Read(ctx context.Context, at event.Stamp, into device.Sink) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	sensors, err := s.simulator.Read(ctx)
	if err != nil {
		for i := range s.devices {
			into.Add(i, device.Failed(at.WallNS, device.ReadError, "the simulator does not answer: "+err.Error()))
		}
		return
	}
	gauges := at.MonoNS >= s.gaugesNS
	if gauges {
		s.gaugesNS = at.MonoNS + int64(gaugePeriod)
	}
	for _, one := range sensors {
		g, ok := s.gpus[one.Device]
		if !ok {
			continue
		}
		into.Add(g.number, g.watch(one.Reading, at.WallNS))
		if gauges && one.Reading.Known() {
			r := device.Unread(one.Gauges.AtNS)
			r.Gauges = &one.Gauges
			into.Add(g.number, r)
		}
	}
}

// watch adds the flags of a counter that went back or stands still.
func (g *gpu) watch(r device.Reading, nowNS int64) device.Reading {
	if r.EnergyMJ != event.Missing {
		_, _, flags := g.energy.Take(r.EnergyMJ, r.AtNS, nowNS)
		r.Flags |= flags
	}
	if r.PowerMW != event.Missing {
		_, _, flags := g.power.Take(r.PowerMW, r.AtNS, nowNS)
		r.Flags |= flags
	}
	return r
}

// Ledger is the simulator's.
func (s *Source) Ledger(ctx context.Context, run event.RunID, fromNS, toNS int64) (*event.TruthRecorded, error) {
	t, err := s.simulator.Ledger(ctx, run, fromNS, toNS)
	if err != nil {
		return nil, fmt.Errorf("fetch the ledger of %s: %w", run, err)
	}
	return t, nil
}

// Close implements device.Source.
func (s *Source) Close() error {
	s.simulator.Close()
	return nil
}
