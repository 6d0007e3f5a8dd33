package hwmon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/counter"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// ErrPermission means that a sensor is there but may not be read.
var ErrPermission = errors.New("hwmon sensors may not be read")

// Options say what to read.
type Options struct {
	// Root is the file system ("/" for this host's).
	Root string
	// Host prefixes the device ids.
	Host string
	// Scope is what the sensors are of: event.KindCPU or event.KindNode.
	Scope event.DeviceKind
	// Patterns choose channels; see CheckPattern.
	Patterns []string
}

// Source is the chosen channels of this host.
type Source struct {
	channels []channel
	// counters are by channel, nil for one that gives power and until the first reading.
	counters []*counter.Counter
	devices  []event.Device
}

var _ device.Source = (*Source)(nil)

// Open finds the channels. It returns device.ErrNone where none matches, and where one
// that does is an accelerator's or may not be read; the latter wraps ErrPermission too.
func Open(o Options) (*Source, error) { return open(o, counter.ReadFile) }

// open takes how a file is first read, since root may read everything.
func open(o Options, read func(path string) (uint64, error)) (*Source, error) {
	all, err := channels(o.Root)
	if err != nil {
		return nil, err
	}
	s := &Source{}
	for _, c := range all {
		if !slices.ContainsFunc(o.Patterns, c.matches) {
			continue
		}
		if slices.Contains(accelerators, c.chip) {
			return nil, fmt.Errorf("%w: %s in %s is an accelerator's sensor, of no %s", device.ErrNone, c.chip, c.entry, o.Scope)
		}
		if _, err := read(c.path); errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%w: %w: %s; run the sampler as root, or give its user the file (chmod o+r)", device.ErrNone, ErrPermission, c.path)
		}
		s.channels = append(s.channels, c)
		s.devices = append(s.devices, c.device(o, len(s.devices)))
	}
	if len(s.channels) == 0 {
		return nil, fmt.Errorf("%w: no hwmon channel matches %s; there %s", device.ErrNone, strings.Join(o.Patterns, ", "), listed(all))
	}
	s.counters = make([]*counter.Counter, len(s.channels))
	return s, nil
}

// listed says which channels there are, for whoever has to choose.
func listed(all []channel) string {
	if len(all) == 0 {
		return "is none at all"
	}
	var names []string
	for _, c := range all {
		names = append(names, c.chip+"/"+c.label)
	}
	slices.Sort(names)
	return "are " + strings.Join(slices.Compact(names), ", ")
}

func (c channel) device(o Options, index int) event.Device {
	source := "hwmon." + c.chip + "." + c.attribute
	d := event.Device{
		ID:   o.Host + "/" + c.entry + "/" + c.attribute,
		Kind: o.Scope, Index: index, Name: fmt.Sprintf("%s %s (%s)", c.chip, c.label, c.bus),
		PowerSource: source, Provenance: event.Measured, AverageWindowNS: int64(c.window),
	}
	var flags device.Flags
	switch {
	case c.energy:
		d.EnergySource, d.PowerSource = source, source+".difference"
		d.SourceReason = "energy counter of the kernel's hwmon; power is its difference over a reading"
	case c.averaged():
		flags |= device.AveragedPower
		d.SourceReason = "power of the kernel's hwmon, a mean over " + c.window.String()
		if c.window == 0 {
			d.SourceReason = "power of the kernel's hwmon, a mean over a time that it does not tell"
		}
	default:
		d.SourceReason = "power of the kernel's hwmon"
	}
	if o.Scope == event.KindNode {
		flags |= device.OverlapsCPU
		d.SourceReason += "; the config says that it is of the whole node, so it is not added to its parts"
	}
	d.Flags = flags.Names()
	return d
}

// Describe implements device.Source.
func (s *Source) Describe(context.Context) (device.Description, error) {
	return device.Description{Devices: s.devices}, nil
}

// Read implements device.Source.
func (s *Source) Read(_ context.Context, at event.Stamp, into device.Sink) {
	for i, c := range s.channels {
		micro, err := counter.ReadFile(c.path)
		if err != nil {
			into.Add(i, device.Failed(at.WallNS, device.ReadError, err.Error()))
			continue
		}
		into.Add(i, s.reading(i, micro, at))
	}
}

// reading is what a figure of channel i makes, in microjoules or microwatts.
func (s *Source) reading(i int, micro uint64, at event.Stamp) device.Reading {
	if !s.channels[i].energy {
		r := device.Unread(at.WallNS)
		r.PowerMW = int64(micro / 1000)
		return r
	}
	if s.counters[i] == nil {
		// Nobody tells where it wraps.
		s.counters[i] = counter.From(micro, 0)
	}
	return s.counters[i].Take(micro, at)
}

// Close implements device.Source.
func (*Source) Close() error { return nil }
