package device

import "math/bits"

// Flags are facts that every figure touched by them must carry.
type Flags uint32

// The flags of this service, in the order in which they are written.
const (
	// CounterReset: the energy counter went backwards (a driver reload).
	CounterReset Flags = 1 << iota
	// CounterFrozen: the energy counter has not moved while power was drawn.
	CounterFrozen
	// CounterUnsupported, PowerUnsupported: the device does not offer the figure.
	CounterUnsupported
	PowerUnsupported
	// SensorFrozen: the power reading keeps its old timestamp.
	SensorFrozen
	// DeviceLost: the driver no longer reaches the device.
	DeviceLost
	// ReadError: the sensor answered with an error.
	ReadError
	// AveragedPower: power is a mean over a window, not the present value.
	AveragedPower
	// MIG, VGPU: the board's power is shared with instances outside the run.
	MIG
	VGPU
	// ModuleScope: the figure includes the CPU of the module.
	ModuleScope
	// SharedDevice: other processes computed on the device when the run began.
	SharedDevice
	// CallTime: the sensor has no usable time of its own; the call's was taken.
	CallTime
	// TicksMissed: the loop came too late for one or more readings.
	TicksMissed
	// ClockStepped: the wall clock was set while the second was measured.
	ClockStepped
	// LeaseLost: another run may have used the host at the same time.
	LeaseLost
	// OverlapsCPU: the zone contains others that are measured too.
	OverlapsCPU
)

var flagNames = [...]string{
	"counter_reset", "counter_frozen", "counter_unsupported", "power_unsupported", "sensor_frozen",
	"device_lost", "read_error", "averaged_power", "mig", "vgpu", "module_scope", "shared_device",
	"call_time", "ticks_missed", "clock_stepped", "lease_lost", "overlaps_cpu",
}

// Names are the flags as they stand in events; nil when there are none.
func (f Flags) Names() []string {
	if f == 0 {
		return nil
	}
	out := make([]string, 0, bits.OnesCount32(uint32(f)))
	for i, name := range flagNames {
		if f&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}
