//go:build cgo

package nvml

import (
	"fmt"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// gpu is one device and how it is read.
type gpu struct {
	index        int
	uuid, name   string
	architecture nvml.DeviceArchitecture
	limitMW      int64
	flags        device.Flags
	plan         plan
	// handle is nil for a device that was already lost when it was probed.
	handle handle
	lost   string

	fields        []nvml.FieldValue
	power, energy device.Tracker
	buffer        buffer
	gauges        gaugeReader
	gaugeTurn     int
}

func (s *Source) probe(index int) (*gpu, error) {
	g := &gpu{index: index, limitMW: event.Missing, energy: device.Tracker{Counter: true}}
	h, code := s.lib.Device(index)
	if code == nvml.ERROR_GPU_IS_LOST {
		return g.gone(code), nil
	}
	if err := failed("nvmlDeviceGetHandleByIndex", code); err != nil {
		return nil, err
	}
	if g.uuid, code = h.GetUUID(); code != nvml.SUCCESS {
		if flagOf(code) == device.DeviceLost {
			return g.gone(code), nil
		}
		return nil, failed("nvmlDeviceGetUUID", code)
	}
	g.name, _ = h.GetName()
	if g.architecture, code = h.GetArchitecture(); code != nvml.SUCCESS {
		g.architecture = nvml.DEVICE_ARCH_UNKNOWN
	}
	pci, _ := h.GetPciInfo()
	plan, err := choose(h, averagesUsage(g.architecture, pci.PciDeviceId), s.hz, s.clock.Now().WallNS)
	if err != nil {
		return g.gone(codeOf(err)), nil
	}
	g.handle, g.plan = h, plan
	g.flags = plan.flags() | sharing(h)
	if mw, code := h.GetEnforcedPowerLimit(); code == nvml.SUCCESS {
		g.limitMW = int64(mw)
	}
	g.gauges = newGaugeReader(h, plan.memory)
	if len(g.gauges.known) > 1 {
		g.flags |= device.SharedDevice
	}
	for _, c := range []*call{plan.power, plan.energy} {
		if c != nil && c.field != 0 {
			g.fields = append(g.fields, c.value())
		}
	}
	return g, nil
}

func (g *gpu) gone(code nvml.Return) *gpu {
	if g.uuid == "" {
		g.uuid = fmt.Sprintf("gpu-%d-lost", g.index)
	}
	g.lost = describe(code)
	g.flags |= device.DeviceLost
	g.architecture = nvml.DEVICE_ARCH_UNKNOWN
	return g
}

// sharing are the flags of a board that is not the run's alone.
func sharing(h handle) device.Flags {
	var f device.Flags
	if current, _, code := h.GetMigMode(); code == nvml.SUCCESS && current == nvml.DEVICE_MIG_ENABLE {
		f |= device.MIG
	}
	if mode, code := h.GetVirtualizationMode(); code == nvml.SUCCESS &&
		(mode == nvml.GPU_VIRTUALIZATION_MODE_VGPU || mode == nvml.GPU_VIRTUALIZATION_MODE_HOST_VGPU) {
		f |= device.VGPU
	}
	return f
}

func (g *gpu) describe() event.Device {
	d := event.Device{
		ID: g.uuid, Kind: event.KindGPU, Index: g.index, Name: g.name,
		Architecture:    architectureName(g.architecture),
		SourceReason:    g.plan.reason,
		Provenance:      event.Measured,
		AverageWindowNS: int64(g.plan.window()),
		MIG:             g.flags&device.MIG != 0,
		Flags:           g.flags.Names(),
	}
	if g.plan.power != nil {
		d.PowerSource = g.plan.power.name
	}
	if g.plan.energy != nil {
		d.EnergySource = g.plan.energy.name
	}
	if g.plan.power == nil && g.plan.energy == nil {
		d.Provenance = event.Absent
	} else {
		gain := gainError
		d.GainErrorRel = &gain
	}
	if g.lost != "" {
		d.SourceReason = g.lost
	}
	if g.limitMW != event.Missing {
		d.PowerLimitMW = &g.limitMW
	}
	return d
}

// mergeWithin is how far apart power and counter may be stamped and still make
// one row: at 1 kW it moves the counter by 0.1 J at most.
const mergeWithin = int64(100 * time.Microsecond)

// read adds what is new since the last reading: nothing when the sensor has not
// moved, one row when power and counter are of one moment, else two.
func (g *gpu) read(c clock.Clock, at event.Stamp, add func(device.Reading)) {
	if g.handle == nil {
		add(device.Failed(at.WallNS, device.DeviceLost, g.lost))
		return
	}
	power, energy := g.ask(c, at, add)
	if !power.known && !energy.known {
		add(device.Failed(at.WallNS, power.flags|energy.flags|g.unsupported(), power.why(energy)))
		return
	}
	p, e := device.Unread(power.atNS), device.Unread(energy.atNS)
	if power.fresh {
		p.PowerMW = power.value
	}
	if energy.fresh {
		e.EnergyMJ = energy.value
	}
	flags := power.flags | energy.flags
	switch {
	case power.fresh && energy.fresh && abs(power.atNS-energy.atNS) <= mergeWithin:
		e.PowerMW = p.PowerMW
		e.Flags = flags
		add(e)
	default:
		if energy.atNS < power.atNS {
			p, e = e, p
		}
		for _, r := range []device.Reading{p, e} {
			if r.Known() {
				r.Flags = flags
				add(r)
			}
		}
		if !p.Known() && !e.Known() && flags != 0 {
			add(device.Failed(at.WallNS, flags, "the sensor stands still"))
		}
	}
	if gauges := g.gauges.due(g.handle, at, g.gaugeTurn); gauges != nil {
		r := device.Unread(at.WallNS)
		r.Gauges = gauges
		add(r)
	}
}

func (g *gpu) unsupported() device.Flags {
	return g.plan.flags() & (device.PowerUnsupported | device.CounterUnsupported)
}

func abs(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}
