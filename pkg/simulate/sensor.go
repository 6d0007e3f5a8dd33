package simulate

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Reading is what one device's sensors show at one moment. An absent value was
// not given.
type Reading struct {
	ID string `json:"id"`
	// TimeNS is the sensor's own time, Unix nanoseconds.
	TimeNS int64 `json:"time_ns"`
	// PowerMW is power as the device's description says: instantaneous, or the
	// mean of its averaging window. AveragePowerMW is always the mean of the
	// last second.
	PowerMW        *int64 `json:"power_mw,omitempty"`
	AveragePowerMW *int64 `json:"average_power_mw,omitempty"`
	// EnergyMJ counts millijoules since a moment before the simulator's start.
	EnergyMJ        *int64 `json:"energy_mj,omitempty"`
	UtilizationPct  *int64 `json:"utilization_pct,omitempty"`
	MemoryUsedBytes *int64 `json:"memory_used_bytes,omitempty"`
	SMClockMHz      *int64 `json:"sm_clock_mhz,omitempty"`
	TemperatureC    *int64 `json:"temperature_c,omitempty"`
	PowerLimitMW    *int64 `json:"power_limit_mw,omitempty"`
	// Error is "device_lost" when nothing can be read.
	Error string `json:"error,omitempty"`
}

// Sample is one change of a device's true power.
type Sample struct {
	TimeNS  int64   `json:"time_ns"`
	PowerMW float64 `json:"power_mw"`
}

// The gauges that only look right: none enters the energy.
const (
	ambientC, celsiusPerW  = 30, 0.07
	idleClock, activeClock = 345, 1980
	memoryShare            = 0.7
	gaugeWindow            = int64(time.Second)
)

// counterBaseMJ is what the counter shows at the start, so that nobody takes its
// value for the energy of a run.
const counterBaseMJ = 81_726_354

// sensors show the engine's true power the way a driver would.
type sensors struct {
	cfg     Config
	engine  *engine
	start   int64
	devices []sensor
}

// sensor is the state that faults leave behind in one device.
type sensor struct {
	lost bool
	// resetFrom is the counter's true value at its reset; frozen is what a
	// stuck counter shows.
	resetFrom float64
	frozen    *int64
}

func newSensors(cfg Config, start int64, e *engine) *sensors {
	return &sensors{cfg: cfg, engine: e, start: start, devices: make([]sensor, len(cfg.Devices))}
}

func (s *sensors) gain() float64 { return 1 + s.cfg.Sensor.GainErrorRel }

// read is one device at now.
func (s *sensors) read(i int, now int64) Reading {
	d := s.cfg.Devices[i]
	r := Reading{ID: d.ID, TimeNS: now}
	if s.devices[i].lost {
		r.Error = FaultDeviceLost
		return r
	}
	average := s.mean(now, int64(time.Second))
	watts := s.engine.power(now)
	if window := int64(s.cfg.Sensor.AverageWindow); window > 0 {
		watts = s.mean(now, window)
	}
	util := s.engine.line.between(max(s.start, now-gaugeWindow), now)[busy] / seconds(gaugeWindow)
	clock := int64(idleClock)
	if s.engine.line.rates(now)[busy] > 0 {
		clock = activeClock
	}
	r.PowerMW = new(s.milliwatts(watts, i, now))
	r.AveragePowerMW = new(s.milliwatts(average, i, now))
	r.EnergyMJ = new(s.counter(i, now))
	r.UtilizationPct = new(int64(math.Round(100 * util)))
	r.MemoryUsedBytes = new(int64(memoryShare * float64(d.MemoryBytes)))
	r.SMClockMHz = new(clock)
	r.TemperatureC = new(int64(ambientC + celsiusPerW*average/s.cfg.TimeScale))
	r.PowerLimitMW = new(d.PowerLimitMW)
	return r
}

// mean is the true power over the window before now; before the start the device
// had idled.
func (s *sensors) mean(now, window int64) float64 {
	from := now - window
	before := max(0, s.start-from)
	joules := s.engine.physics.IdleW*seconds(before) + s.engine.energy(from+before, now)
	return joules / seconds(window)
}

// milliwatts adds gain and noise. The noise of a moment is always the same.
func (s *sensors) milliwatts(watts float64, device int, now int64) int64 {
	watts *= s.gain()
	if s.cfg.Sensor.NoiseRel > 0 {
		draw := rand.New(rand.NewPCG(mix(s.cfg.Seed^uint64(device)), uint64(now)))
		watts *= 1 + s.cfg.Sensor.NoiseRel*draw.NormFloat64()
	}
	return int64(math.Round(1000 * max(0, watts)))
}

// counter is the energy counter: the integral up to its last step. The steps of
// several devices do not coincide.
func (s *sensors) counter(i int, now int64) int64 {
	d := &s.devices[i]
	if d.frozen != nil {
		return *d.frozen
	}
	at := now
	if step := int64(s.cfg.Sensor.CounterStep); step > 0 {
		phase := step * int64(i) / int64(len(s.devices))
		at = max(s.start, now-(now-s.start+phase)%step)
	}
	// The last step may lie before the reset.
	return int64(max(0, s.trueMJ(at)-d.resetFrom))
}

func (s *sensors) trueMJ(at int64) float64 {
	e := s.engine
	joules := e.physics.IdleW*seconds(at-s.start) + e.line.until(at)[load]/float64(e.devices)
	return counterBaseMJ + 1000*s.gain()*joules
}

// samples are the changes of a device's true power after since, with gain and
// without noise.
func (s *sensors) samples(since, now int64) []Sample {
	points := s.engine.line.since(since, now)
	out := make([]Sample, len(points))
	for i, p := range points {
		watts := s.engine.physics.IdleW + p.rate[load]/float64(s.engine.devices)
		out[i] = Sample{TimeNS: p.at, PowerMW: 1000 * s.gain() * watts}
	}
	return out
}

// describe lists the devices for a sampler.
func (s *sensors) describe() []event.Device {
	c := s.cfg.Sensor
	out := make([]event.Device, len(s.cfg.Devices))
	for i, d := range s.cfg.Devices {
		source := "simulated.power.instant"
		if c.AverageWindow > 0 {
			source = "simulated.power.average"
		}
		out[i] = event.Device{
			ID: d.ID, Kind: event.KindGPU, Index: i, Name: d.Name, Architecture: d.Architecture, Simulated: true,
			PowerSource: source, EnergySource: "simulated.energy.total",
			SourceReason: "the device is simulated", Provenance: event.Measured,
			AverageWindowNS: int64(c.AverageWindow), PowerLimitMW: new(d.PowerLimitMW),
			Flags: []string{"simulated"},
		}
		if c.CounterStep > 0 {
			out[i].CounterStepNS = new(int64(c.CounterStep))
		}
		if c.GainErrorRel != 0 {
			out[i].GainErrorRel = new(abs(c.GainErrorRel))
		}
	}
	return out
}
