package event

// PowerSampled is one second of one host: for every device a column per
// quantity over the same time axis.
type PowerSampled struct {
	Host  string `json:"host"`
	Clock Clock  `json:"clock"`
	// Start anchors the batch: a sample's wall time is Start.WallNS + t_ns.
	Start   Stamp           `json:"start"`
	Devices []DeviceSamples `json:"devices"`
}

// DeviceSamples are the readings of one device. Every column is as long as TNS
// or absent; single unread values are [Missing].
type DeviceSamples struct {
	Device string `json:"device"`
	// TNS is the reading's own time (the field's timestamp where the sensor has
	// one) as an offset from the batch start; it may be slightly negative.
	TNS []int64 `json:"t_ns"`
	// PowerMW is power in milliwatts.
	PowerMW Series `json:"power_mw,omitempty"`
	// EnergyMJ is the cumulative counter in millijoules.
	EnergyMJ Series `json:"energy_mj,omitempty"`

	// UtilizationPct and MemoryUsedBytes are of a GPU its own. The load of all of a
	// host's processors stands with its first device of kind cpu, at the middle of the
	// time that it is of, and the memory in use with its first of kind ram.
	UtilizationPct   Series `json:"utilization_pct,omitempty"`
	MemoryUsedBytes  Series `json:"memory_used_bytes,omitempty"`
	SMClockMHz       Series `json:"sm_clock_mhz,omitempty"`
	TemperatureC     Series `json:"temperature_c,omitempty"`
	ThrottleReasons  Series `json:"throttle_reasons,omitempty"`
	ForeignProcesses Series `json:"foreign_processes,omitempty"`
	PowerLimitMW     Series `json:"power_limit_mw,omitempty"`
	MemoryPowerMW    Series `json:"memory_power_mw,omitempty"`
	// Flags are facts about this second, such as "counter_reset" or
	// "device_lost".
	Flags []string `json:"flags,omitempty"`
}

// PowerGap says that samples are missing between two moments, and why. A gap is
// an event, never a silence.
type PowerGap struct {
	Host  string `json:"host"`
	Clock Clock  `json:"clock"`
	// Device is the one concerned, or "" for the whole host.
	Device string `json:"device,omitempty"`
	FromNS int64  `json:"from_ns"`
	ToNS   int64  `json:"to_ns"`
	Reason string `json:"reason"`
}

// EventType implements Payload.
func (*PowerSampled) EventType() Type { return TypePowerSampled }

// EventType implements Payload.
func (*PowerGap) EventType() Type { return TypePowerGap }

// EventSubject implements Payload.
func (p *PowerSampled) EventSubject() string { return p.Host }

// EventSubject implements Payload.
func (p *PowerGap) EventSubject() string { return p.Host }

// Validate implements Payload.
func (p *PowerSampled) Validate() error {
	var c checker
	c.token("host", p.Host)
	c.clock(p.Clock)
	c.require(p.Start.WallNS > 0, "start.wall_ns: missing")
	for _, d := range p.Devices {
		c.require(d.Device != "", "devices: a device has no id")
		for i := 1; i < len(d.TNS); i++ {
			if d.TNS[i] < d.TNS[i-1] {
				c.require(false, "devices: %s: t_ns goes backwards at %d", d.Device, i)
				break
			}
		}
		for name, s := range d.columns() {
			c.require(s == nil || len(s) == len(d.TNS), "devices: %s: %s has %d values for %d times", d.Device, name, len(s), len(d.TNS))
		}
	}
	return c.err()
}

func (d *DeviceSamples) columns() map[string]Series {
	return map[string]Series{
		"power_mw": d.PowerMW, "energy_mj": d.EnergyMJ, "utilization_pct": d.UtilizationPct,
		"memory_used_bytes": d.MemoryUsedBytes, "sm_clock_mhz": d.SMClockMHz, "temperature_c": d.TemperatureC,
		"throttle_reasons": d.ThrottleReasons, "foreign_processes": d.ForeignProcesses,
		"power_limit_mw": d.PowerLimitMW, "memory_power_mw": d.MemoryPowerMW,
	}
}

// Validate implements Payload.
func (p *PowerGap) Validate() error {
	var c checker
	c.token("host", p.Host)
	c.clock(p.Clock)
	c.require(p.FromNS > 0 && p.ToNS >= p.FromNS, "from_ns, to_ns: not an interval")
	c.require(p.Reason != "", "reason: missing")
	return c.err()
}
