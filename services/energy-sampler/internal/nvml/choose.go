//go:build cgo

package nvml

import (
	"fmt"
	"strings"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// averageWindow is the window of the driver's averaged power reading (nvml.h:
// NVML_FI_DEV_POWER_AVERAGE, and nvmlDeviceGetPowerUsage on Ampere except GA100
// and newer).
const averageWindow = time.Second

// call is one way to read power or energy: a field, or a function when field is 0.
type call struct {
	name   string
	field  uint32
	scope  uint32
	window time.Duration
	flags  device.Flags
	// buffered: the driver's own samples, several at a call.
	buffered bool
}

var (
	powerInstant       = call{name: "nvml.power.instant", field: nvml.FI_DEV_POWER_INSTANT, scope: nvml.POWER_SCOPE_GPU}
	powerBuffered      = call{name: "nvml.power.samples", buffered: true}
	powerAverage       = call{name: "nvml.power.average", field: nvml.FI_DEV_POWER_AVERAGE, scope: nvml.POWER_SCOPE_GPU, window: averageWindow, flags: device.AveragedPower}
	powerUsageInstant  = call{name: "nvml.power.usage"}
	powerUsageAverage  = call{name: "nvml.power.usage", window: averageWindow, flags: device.AveragedPower}
	powerModuleInstant = call{name: "nvml.power.instant.module", field: nvml.FI_DEV_POWER_INSTANT, scope: nvml.POWER_SCOPE_MODULE, flags: device.ModuleScope}
	powerModuleAverage = call{name: "nvml.power.average.module", field: nvml.FI_DEV_POWER_AVERAGE, scope: nvml.POWER_SCOPE_MODULE, window: averageWindow, flags: device.ModuleScope | device.AveragedPower}
	powerMemory        = call{name: "nvml.power.average.memory", field: nvml.FI_DEV_POWER_AVERAGE, scope: nvml.POWER_SCOPE_MEMORY, window: averageWindow}

	energyTotal  = call{name: "nvml.energy.total", field: nvml.FI_DEV_TOTAL_ENERGY_CONSUMPTION, scope: nvml.POWER_SCOPE_GPU}
	energyField  = call{name: "nvml.energy.field", field: nvml.FI_DEV_ENERGY, scope: nvml.POWER_SCOPE_GPU}
	energyUsage  = call{name: "nvml.energy.consumption"}
	energyModule = call{name: "nvml.energy.module", field: nvml.FI_DEV_ENERGY, scope: nvml.POWER_SCOPE_MODULE, flags: device.ModuleScope}
)

// powerCalls are the ways to read power of a device, best first: the present
// value before an average, and the GPU alone before a module with its CPU.
func powerCalls(averaged bool) []call {
	if averaged {
		return []call{powerInstant, powerAverage, powerUsageAverage, powerModuleInstant, powerModuleAverage}
	}
	return []call{powerInstant, powerUsageInstant, powerAverage, powerModuleInstant, powerModuleAverage}
}

func energyCalls() []call { return []call{energyTotal, energyField, energyUsage, energyModule} }

// plan is how one device is read, settled once.
type plan struct {
	power, energy, memory *call
	// stamped: the driver's field timestamps are usable wall times.
	stamped bool
	reason  string
}

func (p plan) flags() device.Flags {
	var f device.Flags
	if p.power == nil {
		f |= device.PowerUnsupported
	} else {
		f |= p.power.flags
	}
	if p.energy == nil {
		f |= device.CounterUnsupported
	} else {
		f |= p.energy.flags
	}
	return f
}

func (p plan) window() time.Duration {
	if p.power == nil {
		return 0
	}
	return p.power.window
}

// choose tries the calls on the device and keeps the first of each kind that
// answers. It returns an error only when the device is lost.
func choose(h handle, averaged bool, sampleHz float64, nowNS int64) (plan, error) {
	var p plan
	var tried []string
	calls := powerCalls(averaged)
	if !averaged && bufferedHz(h, nowNS) > sampleHz {
		calls = []call{powerBuffered}
	}
	for _, c := range calls {
		code := c.try(h, nowNS, &p.stamped)
		if code == nvml.SUCCESS {
			p.power = &c
			break
		}
		if flagOf(code) == device.DeviceLost {
			return p, failed(c.name, code)
		}
		tried = append(tried, c.name+": "+describe(code))
	}
	for _, c := range energyCalls() {
		code := c.try(h, nowNS, &p.stamped)
		if code == nvml.SUCCESS {
			p.energy = &c
			break
		}
		if flagOf(code) == device.DeviceLost {
			return p, failed(c.name, code)
		}
		tried = append(tried, c.name+": "+describe(code))
	}
	m := powerMemory
	if code := m.try(h, nowNS, new(bool)); code == nvml.SUCCESS {
		p.memory = &m
	} else {
		tried = append(tried, m.name+": "+describe(code))
	}
	p.reason = p.explain(tried)
	return p, nil
}

// try makes the call once. A field that answers also shows whether its
// timestamps are wall times.
func (c call) try(h handle, nowNS int64, stamped *bool) nvml.Return {
	if c.buffered {
		*stamped = true
		return nvml.SUCCESS
	}
	if c.field == 0 {
		var code nvml.Return
		if c.name == energyUsage.name {
			_, code = h.GetTotalEnergyConsumption()
		} else {
			_, code = h.GetPowerUsage()
		}
		return code
	}
	v := []nvml.FieldValue{c.value()}
	if code := h.GetFieldValues(v); code != nvml.SUCCESS {
		return code
	}
	if code := nvml.Return(v[0].NvmlReturn); code != nvml.SUCCESS {
		return code
	}
	if _, err := decode(v[0]); err != nil {
		return nvml.ERROR_NOT_SUPPORTED
	}
	*stamped = plausible(v[0].Timestamp, nowNS)
	return nvml.SUCCESS
}

func (c call) value() nvml.FieldValue { return nvml.FieldValue{FieldId: c.field, ScopeId: c.scope} }

// explain says in one sentence what was chosen and what was not to be had.
func (p plan) explain(tried []string) string {
	var b strings.Builder
	switch {
	case p.energy != nil && p.power != nil:
		fmt.Fprintf(&b, "totals from the energy counter, shape from %s", p.power.name)
	case p.energy != nil:
		b.WriteString("totals from the energy counter; no power reading")
	case p.power != nil:
		fmt.Fprintf(&b, "no energy counter: totals are the integral of %s", p.power.name)
	default:
		b.WriteString("neither power nor energy can be read")
	}
	if p.window() > 0 {
		fmt.Fprintf(&b, ", an average over the last %s", p.window())
	}
	if p.power != nil && p.power.field != 0 && !p.stamped {
		b.WriteString("; the driver's field timestamps are not wall times, so the time of the call is used")
	}
	if p.memory != nil {
		fmt.Fprintf(&b, "; its memory's part of power from %s, an average over the last %s, in no total", p.memory.name, p.memory.window)
	}
	if len(tried) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(tried, "; "))
	}
	return b.String()
}
