//go:build cgo

package nvml

import "github.com/NVIDIA/go-nvml/pkg/nvml"

// guarded asks only for what the driver exports. The binding resolves symbols
// lazily, so calling one that an older driver lacks would end the process with a
// linker error instead of returning one.
type guarded struct {
	nvml.Device
	missing map[string]bool
}

// The calls that came after the oldest drivers still in use.
const (
	symFields       = "nvmlDeviceGetFieldValues"
	symSamples      = "nvmlDeviceGetSamples"
	symEnergy       = "nvmlDeviceGetTotalEnergyConsumption"
	symArchitecture = "nvmlDeviceGetArchitecture"
	symMig          = "nvmlDeviceGetMigMode"
	symVirtual      = "nvmlDeviceGetVirtualizationMode"
	symReasons      = "nvmlDeviceGetCurrentClocksEventReasons"
	symThrottle     = "nvmlDeviceGetCurrentClocksThrottleReasons"
	symPci          = "nvmlDeviceGetPciInfo_v3"
)

func (r *real) guard(d nvml.Device) handle {
	missing := map[string]bool{}
	for _, symbol := range []string{
		symFields, symSamples, symEnergy, symArchitecture, symMig, symVirtual, symReasons, symThrottle, symPci,
	} {
		if r.lib.Extensions().LookupSymbol(symbol) != nil {
			missing[symbol] = true
		}
	}
	return guarded{d, missing}
}

const absent = nvml.ERROR_FUNCTION_NOT_FOUND

func (g guarded) GetFieldValues(values []nvml.FieldValue) nvml.Return {
	if g.missing[symFields] {
		return absent
	}
	return g.Device.GetFieldValues(values)
}

func (g guarded) GetSamples(kind nvml.SamplingType, seenUS uint64) (nvml.ValueType, []nvml.Sample, nvml.Return) {
	if g.missing[symSamples] {
		return 0, nil, absent
	}
	return g.Device.GetSamples(kind, seenUS)
}

func (g guarded) GetTotalEnergyConsumption() (uint64, nvml.Return) {
	if g.missing[symEnergy] {
		return 0, absent
	}
	return g.Device.GetTotalEnergyConsumption()
}

func (g guarded) GetArchitecture() (nvml.DeviceArchitecture, nvml.Return) {
	if g.missing[symArchitecture] {
		return nvml.DEVICE_ARCH_UNKNOWN, absent
	}
	return g.Device.GetArchitecture()
}

func (g guarded) GetMigMode() (int, int, nvml.Return) {
	if g.missing[symMig] {
		return 0, 0, absent
	}
	return g.Device.GetMigMode()
}

func (g guarded) GetVirtualizationMode() (nvml.GpuVirtualizationMode, nvml.Return) {
	if g.missing[symVirtual] {
		return 0, absent
	}
	return g.Device.GetVirtualizationMode()
}

func (g guarded) GetPciInfo() (nvml.PciInfo, nvml.Return) {
	if g.missing[symPci] {
		return nvml.PciInfo{}, absent
	}
	return g.Device.GetPciInfo()
}

// GetCurrentClocksEventReasons falls back to the older name of the same mask.
func (g guarded) GetCurrentClocksEventReasons() (uint64, nvml.Return) {
	switch {
	case !g.missing[symReasons]:
		return g.Device.GetCurrentClocksEventReasons()
	case !g.missing[symThrottle]:
		return g.GetCurrentClocksThrottleReasons()
	}
	return 0, absent
}
