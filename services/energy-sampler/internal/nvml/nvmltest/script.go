package nvmltest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Env names the script's path for the library.
const Env = "FAKE_NVML_SCRIPT"

// Script is what the GPUs of the library do.
type Script struct {
	// Devices is how many GPUs there are, 1 to 8.
	Devices int
	// Start is the time zero of everything else.
	Start time.Time
	// Step is how often the counters move; 20 ms when 0.
	Step time.Duration
	// Latency is added to every call on a device.
	Latency time.Duration
	// Samples is the period of the driver's buffer of power samples; 0 means that
	// it has none.
	Samples time.Duration
	// Architecture is the NVML number (7 Ampere, 9 Hopper), Hopper when 0; PCI
	// the combined device and vendor id.
	Architecture, PCI int64
	MIG, VGPU         bool
	// ModuleOnly: fields are offered for the whole module and not for the GPU.
	ModuleOnly bool
	// Stamps are "call" (the time of the call), "step" (when the counter moved)
	// or "none".
	Stamps string
	// Power is piecewise constant.
	Power  []Segment
	Faults []Fault
}

// Segment is a power from a moment on, until the device's next segment. Segments
// of a device are in order.
type Segment struct {
	// Device is an index, or -1 for all.
	Device  int
	At      time.Duration
	PowerMW float64
}

// Fault is something that goes wrong for a while.
type Fault struct {
	Device   int
	From, To time.Duration
	// Kind is lost, unknown, reset, frozen, stale, unsupported, process, throttle or
	// limit.
	Kind string
	// What is not supported: instant, average, total, energy, usage,
	// consumption, fields, utilization and so on.
	What string
}

// Forever is a time that no test reaches.
const Forever = 1000 * time.Hour

// Install writes the script and makes the library read it when it is next
// opened. The environment is the process's: tests that use it do not run in
// parallel.
func (s Script) Install(tb testing.TB) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "script")
	if err := os.WriteFile(path, []byte(s.String()), 0o600); err != nil {
		tb.Fatalf("write script: %v", err)
	}
	tb.Setenv(Env, path)
}

// String is the script as the library reads it.
func (s Script) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	flag := map[bool]int{true: 1}
	line("devices %d", s.Devices)
	line("start_ns %d", s.Start.UnixNano())
	line("step_ns %d", s.step().Nanoseconds())
	line("latency_ns %d", s.Latency.Nanoseconds())
	line("samples_ns %d", s.Samples.Nanoseconds())
	if s.Architecture != 0 {
		line("architecture %d", s.Architecture)
	}
	if s.PCI != 0 {
		line("pci_device %d", s.PCI)
	}
	line("mig %d", flag[s.MIG])
	line("vgpu %d", flag[s.VGPU])
	line("module_only %d", flag[s.ModuleOnly])
	if s.Stamps != "" {
		line("stamps %s", s.Stamps)
	}
	for _, p := range s.Power {
		line("power %d %.9f %.6f", p.Device, p.At.Seconds(), p.PowerMW)
	}
	for _, f := range s.Faults {
		line("fault %d %.9f %.9f %s %s", f.Device, f.From.Seconds(), f.To.Seconds(), f.Kind, f.What)
	}
	return b.String()
}

func (s Script) step() time.Duration {
	if s.Step == 0 {
		return 20 * time.Millisecond
	}
	return s.Step
}

// EnergyMJ is the true energy of a device between two Unix times in nanoseconds.
func (s Script) EnergyMJ(device int, fromNS, toNS int64) float64 {
	start := s.Start.UnixNano()
	return s.until(device, toNS-start) - s.until(device, fromNS-start)
}

func (s Script) until(device int, ns int64) float64 {
	var own []Segment
	for _, p := range s.Power {
		if p.Device == device || p.Device < 0 {
			own = append(own, p)
		}
	}
	var mj float64
	for i, p := range own {
		end := ns
		if i+1 < len(own) {
			end = min(end, own[i+1].At.Nanoseconds())
		}
		if width := end - p.At.Nanoseconds(); width > 0 {
			mj += p.PowerMW * float64(width) / 1e9
		}
	}
	return mj
}

// MaxStepMJ is the most that a counter can move at once.
func (s Script) MaxStepMJ() float64 {
	var most float64
	for _, p := range s.Power {
		most = max(most, p.PowerMW)
	}
	return most * s.step().Seconds()
}
