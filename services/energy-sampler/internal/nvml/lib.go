//go:build cgo

package nvml

import (
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// library is what this package needs of the driver's library, and no more.
type library interface {
	// Init fails with a callError; Shutdown undoes one Init.
	Init() error
	Shutdown() error
	DriverVersion() (string, nvml.Return)
	DeviceCount() (int, nvml.Return)
	Device(index int) (handle, nvml.Return)
}

// handle is one device. Its methods are go-nvml's own. A call that the driver
// does not have returns ERROR_FUNCTION_NOT_FOUND.
type handle interface {
	GetUUID() (string, nvml.Return)
	GetName() (string, nvml.Return)
	GetArchitecture() (nvml.DeviceArchitecture, nvml.Return)
	GetPciInfo() (nvml.PciInfo, nvml.Return)
	GetMigMode() (int, int, nvml.Return)
	GetVirtualizationMode() (nvml.GpuVirtualizationMode, nvml.Return)

	GetFieldValues(values []nvml.FieldValue) nvml.Return
	GetSamples(kind nvml.SamplingType, seenUS uint64) (nvml.ValueType, []nvml.Sample, nvml.Return)
	GetPowerUsage() (uint32, nvml.Return)
	GetTotalEnergyConsumption() (uint64, nvml.Return)

	GetEnforcedPowerLimit() (uint32, nvml.Return)
	GetUtilizationRates() (nvml.Utilization, nvml.Return)
	GetMemoryInfo() (nvml.Memory, nvml.Return)
	GetClockInfo(nvml.ClockType) (uint32, nvml.Return)
	GetTemperature(nvml.TemperatureSensors) (uint32, nvml.Return)
	GetCurrentClocksEventReasons() (uint64, nvml.Return)
	GetComputeRunningProcesses() ([]nvml.ProcessInfo, nvml.Return)
}

// real is the library of the driver.
type real struct {
	lib  nvml.Interface
	path string
}

// load names the library without opening it. An empty path means the loader's
// own search for libnvidia-ml.so.1.
func load(path string) *real {
	if path == "" {
		return &real{lib: nvml.New(), path: "libnvidia-ml.so.1"}
	}
	return &real{lib: nvml.New(nvml.WithLibraryPath(path)), path: path}
}

func (r *real) Init() error {
	switch code := r.lib.Init(); code {
	case nvml.SUCCESS:
		return nil
	case nvml.ERROR_LIBRARY_NOT_FOUND:
		return fmt.Errorf("%w: %s cannot be loaded; install the driver, or give the container its GPUs", ErrNoDriver, r.path)
	case nvml.ERROR_DRIVER_NOT_LOADED, nvml.ERROR_NO_PERMISSION, nvml.ERROR_LIB_RM_VERSION_MISMATCH:
		return fmt.Errorf("%w: %s is there, but says: %s", ErrNoDriver, r.path, describe(code))
	default:
		return failed("nvmlInit", code)
	}
}

func (r *real) Shutdown() error { return failed("nvmlShutdown", r.lib.Shutdown()) }

func (r *real) DriverVersion() (string, nvml.Return) { return r.lib.SystemGetDriverVersion() }

func (r *real) DeviceCount() (int, nvml.Return) { return r.lib.DeviceGetCount() }

func (r *real) Device(index int) (handle, nvml.Return) {
	d, code := r.lib.DeviceGetHandleByIndex(index)
	if code != nvml.SUCCESS {
		return nil, code
	}
	return r.guard(d), code
}

// describe is the code in words, by our own table for what users meet: asking
// the library is not possible when it is the library that is missing.
func describe(code nvml.Return) string {
	switch code {
	case nvml.SUCCESS:
		return "success"
	case nvml.ERROR_NOT_SUPPORTED:
		return "not supported by this device"
	case nvml.ERROR_INVALID_ARGUMENT:
		return "not known to this driver"
	case nvml.ERROR_FUNCTION_NOT_FOUND:
		return "not offered by this driver"
	case nvml.ERROR_NO_PERMISSION:
		return "no permission"
	case nvml.ERROR_DRIVER_NOT_LOADED:
		return "the kernel driver is not loaded"
	case nvml.ERROR_LIB_RM_VERSION_MISMATCH:
		return "library and kernel driver are of different versions; reload the driver or reboot"
	case nvml.ERROR_GPU_IS_LOST:
		return "the GPU has fallen off the bus"
	case nvml.ERROR_RESET_REQUIRED:
		return "the GPU needs a reset"
	case nvml.ERROR_UNINITIALIZED:
		return "the library was shut down"
	case nvml.ERROR_GPU_NOT_FOUND:
		return "the GPU is gone"
	case nvml.ERROR_TIMEOUT:
		return "the driver did not answer in time"
	case nvml.ERROR_UNKNOWN:
		return "an error without a name"
	}
	return fmt.Sprintf("NVML code %d", int(code))
}
