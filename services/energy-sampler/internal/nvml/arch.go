//go:build cgo

package nvml

import "github.com/NVIDIA/go-nvml/pkg/nvml"

// architectures names what nvml.h numbers.
var architectures = map[nvml.DeviceArchitecture]string{
	nvml.DEVICE_ARCH_KEPLER: "kepler", nvml.DEVICE_ARCH_MAXWELL: "maxwell", nvml.DEVICE_ARCH_PASCAL: "pascal",
	nvml.DEVICE_ARCH_VOLTA: "volta", nvml.DEVICE_ARCH_TURING: "turing", nvml.DEVICE_ARCH_AMPERE: "ampere",
	nvml.DEVICE_ARCH_ADA: "ada", nvml.DEVICE_ARCH_HOPPER: "hopper", nvml.DEVICE_ARCH_BLACKWELL: "blackwell",
}

func architectureName(a nvml.DeviceArchitecture) string {
	if name, ok := architectures[a]; ok {
		return name
	}
	return "unknown"
}

// ga100DeviceIDs is the upper byte of the PCI device ids of the GA100 chip
// (A100, A800, A30, CMP 170HX) in the public PCI ID list.
const ga100DeviceIDs = 0x20

// averagesUsage reports whether nvmlDeviceGetPowerUsage is a 1 s average on this
// device: on Ampere except GA100, and newer. An architecture that is not known
// is presumably newer.
func averagesUsage(a nvml.DeviceArchitecture, pciDeviceID uint32) bool {
	if a == nvml.DEVICE_ARCH_AMPERE {
		return pciDeviceID>>24 != ga100DeviceIDs
	}
	return a > nvml.DEVICE_ARCH_AMPERE
}

// gainError is the accuracy that nvml.h states: ±5 % on Fermi and Kepler. The
// header states none for newer devices; published measurements find up to about
// the same, so the same is carried for all.
const gainError = 0.05
