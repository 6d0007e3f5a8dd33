package event

import "slices"

// DeviceKind is what a device draws power for.
type DeviceKind string

// The kinds of devices.
const (
	KindGPU  DeviceKind = "gpu"
	KindCPU  DeviceKind = "cpu"
	KindRAM  DeviceKind = "ram"
	KindNode DeviceKind = "node"
)

// HostDescribed says what a sampler measures on its host, with which sources
// and why. It is published before the first sample, and again after the idle
// baseline with IdlePowerMW set.
type HostDescribed struct {
	Host   string `json:"host"`
	Clock  Clock  `json:"clock"`
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Kernel string `json:"kernel,omitempty"`
	CPU    string `json:"cpu,omitempty"`
	// CPUCount is logical processors; RAMBytes installed memory.
	CPUCount int64    `json:"cpu_count"`
	RAMBytes int64    `json:"ram_bytes"`
	Driver   string   `json:"driver,omitempty"`
	Devices  []Device `json:"devices"`
	// Notes say in words what could not be measured and what to do about it.
	Notes []string `json:"notes,omitempty"`
}

// Device is one thing whose power is sampled.
type Device struct {
	// ID is unique among all hosts of a run: a GPU's UUID, or host and zone.
	ID   string     `json:"id"`
	Kind DeviceKind `json:"kind"`
	// Index is the device's number on its host (NVML index, package number).
	Index        int    `json:"index"`
	Name         string `json:"name"`
	Architecture string `json:"architecture,omitempty"`
	Simulated    bool   `json:"simulated"`

	// PowerSource and EnergySource name what is read, such as
	// "nvml.power.instant" and "nvml.energy.total"; "" when there is none.
	PowerSource  string     `json:"power_source,omitempty"`
	EnergySource string     `json:"energy_source,omitempty"`
	SourceReason string     `json:"source_reason,omitempty"`
	Provenance   Provenance `json:"provenance"`

	// AverageWindowNS is the window over which PowerSource averages; 0 when it
	// is instantaneous.
	AverageWindowNS int64 `json:"average_window_ns"`
	// CounterStepNS is how often the energy counter moves, when known.
	CounterStepNS *int64 `json:"counter_step_ns,omitempty"`
	// SamplePeriodNS is how often it is read where that is at a pace of its own and not
	// at the run's rate; else 0.
	SamplePeriodNS int64 `json:"sample_period_ns,omitempty"`
	// GainErrorRel is the sensor's stated gain error, such as 0.05 for ±5 %. Of a model
	// it is what the run declares (metrics.cpu_error_rel, metrics.ram_error_rel).
	GainErrorRel *float64 `json:"gain_error_rel,omitempty"`
	// IdlePowerMW is the mean power of the baseline, absent before it and when
	// no baseline was taken.
	IdlePowerMW  *int64 `json:"idle_power_mw,omitempty"`
	PowerLimitMW *int64 `json:"power_limit_mw,omitempty"`
	MIG          bool   `json:"mig"`
	// Flags are facts that touch every figure of the device.
	Flags []string `json:"flags,omitempty"`
}

// EventType implements Payload.
func (*HostDescribed) EventType() Type { return TypeHostDescribed }

// EventSubject implements Payload.
func (h *HostDescribed) EventSubject() string { return h.Host }

// Validate implements Payload.
func (h *HostDescribed) Validate() error {
	var c checker
	c.token("host", h.Host)
	c.clock(h.Clock)
	seen := map[string]bool{}
	for _, d := range h.Devices {
		c.require(d.ID != "", "devices: a device has no id")
		c.require(!seen[d.ID], "devices: %s is listed twice", d.ID)
		seen[d.ID] = true
		c.require(slices.Contains([]DeviceKind{KindGPU, KindCPU, KindRAM, KindNode}, d.Kind), "devices: %s: kind %q is not known", d.ID, d.Kind)
		c.require(slices.Contains(provenances, d.Provenance), "devices: %s: provenance %q is not known", d.ID, d.Provenance)
		c.require(d.AverageWindowNS >= 0, "devices: %s: average_window_ns: negative", d.ID)
		c.require(d.SamplePeriodNS >= 0, "devices: %s: sample_period_ns: negative", d.ID)
		c.nonNegative("devices: "+d.ID+": idle_power_mw", d.IdlePowerMW)
	}
	return c.err()
}
