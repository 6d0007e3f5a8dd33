package ram

import (
	"context"
	"fmt"
	"math"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
)

// The rules are those of CodeCarbon 3.3.0 (codecarbon/external/ram.py), so that
// figures compare: watts for a module and at least, by architecture.
const (
	x86WattsPerDIMM, x86Floor = 5.0, 10.0
	armWattsPerDIMM, armFloor = 1.5, 3.0
	gib                       = 1 << 30
)

// DIMMs is how many modules are assumed behind an amount of memory.
func DIMMs(gigabytes float64) int {
	switch {
	case gigabytes <= 2:
		return 1
	case gigabytes <= 16:
		return 2
	case gigabytes <= 64:
		return 4
	case gigabytes <= 128:
		return 8
	}
	for _, size := range []float64{128, 64, 32, 16, 8, 4} {
		if size <= gigabytes/8 {
			return min(32, int(math.Ceil(gigabytes/size)))
		}
	}
	return 8
}

// Watts is the modelled power. Modules beyond the fourth, eighth and sixteenth
// count for 90, 80 and 70 percent.
func Watts(gigabytes float64, arm bool) float64 {
	per, floor := x86WattsPerDIMM, x86Floor
	if arm {
		per, floor = armWattsPerDIMM, armFloor
	}
	var total float64
	for i := range DIMMs(gigabytes) {
		switch {
		case i < 4:
			total += per
		case i < 8:
			total += per * 0.9
		case i < 16:
			total += per * 0.8
		default:
			total += per * 0.7
		}
	}
	return max(floor, total)
}

// Source is the memory of this host.
type Source struct {
	device  event.Device
	powerMW int64
}

var _ device.Source = (*Source)(nil)

// New models the memory of a host under the given device id. It returns
// device.ErrNone when the amount is not known.
func New(id string, facts machine.Facts) (*Source, error) {
	if facts.RAMBytes <= 0 {
		return nil, fmt.Errorf("%w: the amount of memory is not known", device.ErrNone)
	}
	gigabytes := float64(facts.RAMBytes) / gib
	watts := Watts(gigabytes, facts.Arch == "arm64" || facts.Arch == "arm")
	return &Source{
		powerMW: int64(math.Round(watts * 1000)),
		device: event.Device{
			ID: id, Kind: event.KindRAM, Name: fmt.Sprintf("%.1f GiB of memory", gigabytes),
			PowerSource: "model.ram.dimm", Provenance: event.Modelled,
			SourceReason: fmt.Sprintf("%d modules assumed for %.1f GiB; memory power is not measured on this host", DIMMs(gigabytes), gigabytes),
		},
	}, nil
}

// Describe implements device.Source.
func (s *Source) Describe(context.Context) (device.Description, error) {
	return device.Description{Devices: []event.Device{s.device}}, nil
}

// Read implements device.Source.
func (s *Source) Read(_ context.Context, at event.Stamp, into device.Sink) {
	r := device.Unread(at.WallNS)
	r.PowerMW = s.powerMW
	into.Add(0, r)
}

// Close implements device.Source.
func (*Source) Close() error { return nil }
