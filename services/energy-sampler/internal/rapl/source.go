package rapl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/counter"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// counterStep is how often a RAPL counter moves (Intel SDM vol. 3B, 15.10.1:
// about 1 ms).
const counterStep = time.Millisecond

// Source is the zones of this host.
type Source struct {
	devices []event.Device
	zones   []*meter
}

// meter is a zone with what its counter said before.
type meter struct {
	zone    zone
	counter *counter.Counter
}

var _ device.Source = (*Source)(nil)

// Options say what to read.
type Options struct {
	// Root is the file system ("/" for this host's).
	Root string
	// Host prefixes the device ids.
	Host string
	// CPUName names the package devices.
	CPUName string
	// Psys reads the platform's zone in place of the processors' and the memory's. It
	// contains them: it is a device of kind node, not to be added to them.
	Psys bool
}

// Open finds the zones. It returns device.ErrNone where the kernel offers none,
// and ErrPermission, which wraps it too, where it offers them to root alone.
func Open(o Options) (*Source, error) { return open(o, zone.energyUJ) }

// open takes how a counter is first read, since root may read everything.
func open(o Options, read func(zone) (uint64, error)) (*Source, error) {
	zones, err := find(o.Root, o.Psys)
	if err != nil {
		return nil, err
	}
	s := &Source{}
	for _, z := range zones {
		first, err := read(z)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("%w: %w: %s is for root alone; run the sampler as root, or give its user the file (chmod o+r), knowing that it reveals what is computed",
				device.ErrNone, ErrPermission, z.path+"/energy_uj")
		case err != nil:
			// A zone whose counter the hardware does not fill is not there.
			continue
		}
		s.zones = append(s.zones, &meter{z, counter.From(first, z.rangeUJ)})
		s.devices = append(s.devices, z.device(o, len(s.devices)))
	}
	if len(s.zones) == 0 {
		what := "RAPL counters"
		if o.Psys {
			what = "RAPL counter of the platform (psys)"
		}
		return nil, fmt.Errorf("%w: no %s under /%s", device.ErrNone, what, powercap)
	}
	return s, nil
}

func (z zone) device(o Options, index int) event.Device {
	step := int64(counterStep)
	d := event.Device{
		ID: o.Host + "/" + z.label(), Kind: event.KindCPU, Index: index, Name: o.CPUName + " " + z.label(),
		EnergySource: "rapl." + z.name, PowerSource: "rapl." + z.name + ".difference",
		Provenance: event.Measured, CounterStepNS: &step,
		SourceReason: "energy counter of the kernel's powercap zone; power is its difference over a reading",
	}
	switch z.name {
	case "dram":
		d.Kind, d.Name = event.KindRAM, "memory of "+z.parent
	case "psys":
		d.Kind, d.Name, d.Flags = event.KindNode, "platform", device.OverlapsCPU.Names()
		d.SourceReason += "; it contains the packages and is not to be added to them"
	}
	return d
}

// Describe implements device.Source.
func (s *Source) Describe(context.Context) (device.Description, error) {
	return device.Description{Devices: s.devices}, nil
}

// Measures reports whether a kind of device is among the zones.
func (s *Source) Measures(kind event.DeviceKind) bool {
	for _, d := range s.devices {
		if d.Kind == kind {
			return true
		}
	}
	return false
}

// Read implements device.Source.
func (s *Source) Read(_ context.Context, at event.Stamp, into device.Sink) {
	for i, m := range s.zones {
		now, err := m.zone.energyUJ()
		if err != nil {
			into.Add(i, device.Failed(at.WallNS, device.ReadError, err.Error()))
			continue
		}
		into.Add(i, m.counter.Take(now, at))
	}
}

// Close implements device.Source.
func (*Source) Close() error { return nil }
