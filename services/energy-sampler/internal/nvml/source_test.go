//go:build cgo

package nvml

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/tick"
)

// recorder keeps every reading of every device.
type recorder map[int][]device.Reading

func (r recorder) Add(i int, reading device.Reading) { r[i] = append(r[i], reading) }

func (r recorder) flags(i int) device.Flags {
	var f device.Flags
	for _, reading := range r[i] {
		f |= reading.Flags
	}
	return f
}

// counter are the device's counter readings, as they were stamped.
func (r recorder) counter(i int) (points []device.Reading) {
	for _, reading := range r[i] {
		if reading.EnergyMJ != event.Missing {
			points = append(points, reading)
		}
	}
	return points
}

var host = clock.System("test")

func open1(t *testing.T, s nvmltest.Script) *Source {
	t.Helper()
	s.Install(t)
	source, err := Open(Options{Library: nvmltest.Library(t), SampleHz: 200}, host)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, source.Close()) })
	return source
}

// sample reads at 200 Hz for a while, in real time: the library's clock is the
// system's.
func sample(t *testing.T, s *Source, d time.Duration) recorder {
	t.Helper()
	return sampleEvery(t, s, 5*time.Millisecond, d)
}

func sampleEvery(t *testing.T, s *Source, every, d time.Duration) recorder {
	t.Helper()
	r := recorder{}
	sleeper, err := tick.NewSleeper(func() int64 { return host.Now().MonoNS })
	require.NoError(t, err)
	defer func() { require.NoError(t, sleeper.Close()) }()
	begin := host.Now().MonoNS
	for at := int64(0); at < int64(d); at += int64(every) {
		require.True(t, sleeper.Until(t.Context(), begin+at))
		s.Read(t.Context(), host.Now(), r)
	}
	return r
}

// steps is a power that changes often: 60 to 700 W in every pattern of 70 ms.
func steps(devices int, d time.Duration) (out []nvmltest.Segment) {
	for i := range devices {
		for at := time.Duration(0); at < d; at += 70 * time.Millisecond {
			watts := 60 + 640*math.Abs(math.Sin(float64(i+1)*float64(at)/float64(time.Second)*5))
			out = append(out, nvmltest.Segment{Device: i, At: at, PowerMW: math.Round(watts * 1000)})
		}
	}
	return out
}

func TestTotalIsWithinOneCounterStepOfTheTruth(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		step   time.Duration
		stamps string
	}{{10 * ms, "call"}, {20 * ms, "call"}, {100 * ms, "call"}, {20 * ms, "none"}, {10 * ms, "step"}, {100 * ms, "step"}} {
		t.Run(c.step.String()+"/"+c.stamps, func(t *testing.T) {
			script := nvmltest.Script{
				Devices: 3, Start: time.Now().Add(-time.Second), Step: c.step, Stamps: c.stamps,
				Power: steps(3, 3*time.Second),
			}
			r := sample(t, open1(t, script), 600*ms)
			for i := range script.Devices {
				points := r.counter(i)
				require.Greater(t, len(points), 3)
				first, last := points[0], points[len(points)-1]
				got := float64(last.EnergyMJ - first.EnergyMJ)
				want := script.EnergyMJ(i, first.AtNS, last.AtNS)
				require.InDelta(t, want, got, script.MaxStepMJ()+1, "device %d", i)
				if c.stamps == "step" {
					// With the sensor's own time of each step there is no edge left.
					require.InDelta(t, want, got, 2, "device %d", i)
				}
				require.Zero(t, r.flags(i))
			}
		})
	}
}

func TestDescribeSaysWhatIsReadAndWhy(t *testing.T) {
	now := time.Now()
	power := []nvmltest.Segment{{Device: -1, PowerMW: 200000}}
	unsupported := func(whats ...string) (out []nvmltest.Fault) {
		for _, what := range whats {
			out = append(out, nvmltest.Fault{Device: -1, To: nvmltest.Forever, Kind: "unsupported", What: what})
		}
		return out
	}
	for _, c := range []struct {
		name          string
		script        nvmltest.Script
		power, energy string
		window        time.Duration
		flags         []string
	}{
		{name: "hopper", power: "nvml.power.instant", energy: "nvml.energy.total"},
		{
			name: "hopper without field 186", script: nvmltest.Script{Faults: unsupported("instant")},
			power: "nvml.power.average", energy: "nvml.energy.total", window: time.Second, flags: []string{"averaged_power"},
		},
		{
			name: "hopper without power fields", script: nvmltest.Script{Faults: unsupported("instant", "average")},
			power: "nvml.power.usage", energy: "nvml.energy.total", window: time.Second, flags: []string{"averaged_power"},
		},
		{
			name: "A100 without power fields", script: nvmltest.Script{Architecture: 7, PCI: 0x20b010de, Faults: unsupported("instant", "average")},
			power: "nvml.power.usage", energy: "nvml.energy.total",
		},
		{
			name: "A40 without power fields", script: nvmltest.Script{Architecture: 7, PCI: 0x223510de, Faults: unsupported("instant", "average")},
			power: "nvml.power.usage", energy: "nvml.energy.total", window: time.Second, flags: []string{"averaged_power"},
		},
		{
			name: "a driver without fields", script: nvmltest.Script{Architecture: 5, Faults: unsupported("fields")},
			power: "nvml.power.usage", energy: "nvml.energy.consumption",
		},
		{
			name: "only field 191", script: nvmltest.Script{Faults: unsupported("total")},
			power: "nvml.power.instant", energy: "nvml.energy.field",
		},
		{
			name: "no counter", script: nvmltest.Script{Faults: unsupported("total", "energy", "consumption")},
			power: "nvml.power.instant", flags: []string{"counter_unsupported"},
		},
		{
			name: "grace hopper", script: nvmltest.Script{ModuleOnly: true, Faults: unsupported("usage", "consumption")},
			power: "nvml.power.instant.module", energy: "nvml.energy.module", flags: []string{"module_scope"},
		},
		{name: "mig", script: nvmltest.Script{MIG: true}, power: "nvml.power.instant", energy: "nvml.energy.total", flags: []string{"mig"}},
		{name: "vgpu", script: nvmltest.Script{VGPU: true}, power: "nvml.power.instant", energy: "nvml.energy.total", flags: []string{"vgpu"}},
		{
			name: "shared", script: nvmltest.Script{Faults: []nvmltest.Fault{{Device: -1, To: nvmltest.Forever, Kind: "process"}}},
			power: "nvml.power.instant", energy: "nvml.energy.total", flags: []string{"shared_device"},
		},
		{
			name: "nothing", script: nvmltest.Script{Faults: unsupported("instant", "average", "usage", "total", "energy", "consumption")},
			flags: []string{"counter_unsupported", "power_unsupported"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.script.Devices, c.script.Start, c.script.Power = 1, now, power
			d, err := open1(t, c.script).Describe(t.Context())
			require.NoError(t, err)
			require.Equal(t, "999.1.fake", d.Driver)
			require.Len(t, d.Devices, 1)
			got := d.Devices[0]
			require.Equal(t, c.power, got.PowerSource, got.SourceReason)
			require.Equal(t, c.energy, got.EnergySource, got.SourceReason)
			require.Equal(t, int64(c.window), got.AverageWindowNS)
			require.Equal(t, c.flags, got.Flags)
			if slices.ContainsFunc(c.script.Faults, func(f nvmltest.Fault) bool { return f.What == "average" || f.What == "fields" }) {
				require.Contains(t, got.SourceReason, "nvml.power.average.memory: not ")
			} else {
				require.Contains(t, got.SourceReason, "its memory's part of power from nvml.power.average.memory, an average over the last 1s")
			}
			require.Equal(t, c.script.MIG, got.MIG)
			require.EqualValues(t, 700000, *got.PowerLimitMW)
			if c.power == "" && c.energy == "" {
				require.Equal(t, event.Absent, got.Provenance)
			} else {
				require.Equal(t, event.Measured, got.Provenance)
			}
		})
	}
}

func TestFaultsAreFlagsAndNeverZeros(t *testing.T) {
	at := func(device int, from, to time.Duration, kind string) nvmltest.Fault {
		return nvmltest.Fault{Device: device, From: time.Second + from, To: time.Second + to, Kind: kind}
	}
	const ms = time.Millisecond
	script := nvmltest.Script{
		Devices: 6, Start: time.Now().Add(-time.Second),
		Power: []nvmltest.Segment{{Device: -1, PowerMW: 300000}},
		Faults: []nvmltest.Fault{
			at(0, 200*ms, nvmltest.Forever, "lost"),
			at(1, 200*ms, 300*ms, "unknown"),
			at(2, 200*ms, nvmltest.Forever, "reset"),
			at(3, 100*ms, nvmltest.Forever, "frozen"),
			at(4, 100*ms, nvmltest.Forever, "stale"),
		},
	}
	r := sample(t, open1(t, script), 2300*ms)
	for i, c := range []struct {
		want   device.Flags
		reason string
	}{
		{device.DeviceLost, "the GPU has fallen off the bus"},
		{device.ReadError, "an error without a name"},
		{device.CounterReset, ""},
		{device.CounterFrozen, ""},
		{device.SensorFrozen, ""},
		{0, ""},
	} {
		require.Equal(t, c.want, r.flags(i), "device %d", i)
		for _, reading := range r[i] {
			require.NotZero(t, reading.PowerMW)
			if c.want != device.CounterReset { // which does begin at zero
				require.NotZero(t, reading.EnergyMJ)
			}
			if !reading.Known() && reading.Gauges == nil {
				require.Equal(t, c.reason, reading.Reason, "device %d", i)
			}
		}
	}
}

func TestGaugesAreReadOnceASecondAndSeeWhatChanges(t *testing.T) {
	during := func(kind string) nvmltest.Fault {
		return nvmltest.Fault{Device: 0, From: 900 * time.Millisecond, To: nvmltest.Forever, Kind: kind}
	}
	script := nvmltest.Script{
		Devices: 2, Start: time.Now(), Power: []nvmltest.Segment{{Device: -1, PowerMW: 350000}},
		Faults: []nvmltest.Fault{during("process"), during("throttle"), during("limit")},
	}
	r := sample(t, open1(t, script), 1200*time.Millisecond)
	var gauges []device.Gauges
	for _, reading := range r[0] {
		if reading.Gauges != nil {
			gauges = append(gauges, *reading.Gauges)
		}
	}
	require.Len(t, gauges, 2)
	first, second := gauges[0], gauges[1]
	require.EqualValues(t, 50, first.UtilizationPct)
	require.EqualValues(t, 42<<30, first.MemoryUsedBytes)
	require.EqualValues(t, 1755, first.SMClockMHz)
	require.EqualValues(t, 55, first.TemperatureC)
	require.EqualValues(t, 4, first.ThrottleReasons)
	require.EqualValues(t, 700000, first.PowerLimitMW)
	require.EqualValues(t, 70000, first.MemoryPowerMW)
	require.Zero(t, first.ForeignProcesses)
	require.EqualValues(t, 1, second.ForeignProcesses)
	require.EqualValues(t, 0x40, second.ThrottleReasons)
	require.EqualValues(t, 500000, second.PowerLimitMW)
}

func TestOpenWithoutADriver(t *testing.T) {
	_, err := Open(Options{Library: "/nowhere/libnvidia-ml.so.1"}, host)
	require.ErrorIs(t, err, ErrNoDriver)
	require.ErrorIs(t, err, device.ErrNone)
	require.ErrorContains(t, err, "/nowhere/libnvidia-ml.so.1 cannot be loaded")
}

func TestOpenSelectsByIndex(t *testing.T) {
	nvmltest.Script{Devices: 4, Start: time.Now()}.Install(t)
	source, err := Open(Options{Library: nvmltest.Library(t), Indices: []int{3, 1, 3}}, host)
	require.NoError(t, err)
	d, err := source.Describe(t.Context())
	require.NoError(t, err)
	require.Len(t, d.Devices, 2)
	require.Equal(t, []int{1, 3}, []int{d.Devices[0].Index, d.Devices[1].Index})
	require.NoError(t, source.Close())

	_, err = Open(Options{Library: nvmltest.Library(t), Indices: []int{4}}, host)
	require.ErrorIs(t, err, device.ErrNoSuchDevice)
	require.ErrorContains(t, err, "GPU index 4 of 4")

	nvmltest.Script{Devices: 0, Start: time.Now()}.Install(t)
	_, err = Open(Options{Library: nvmltest.Library(t), SampleHz: 200}, host)
	require.ErrorIs(t, err, device.ErrNone)
}
