package simulate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// worked is an engine that served two bursts with a pause between them, and the
// time after it.
func worked(change func(*Config)) (*engine, Config, int64) {
	cfg := DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	e := newEngine(cfg, birth, newStats("m", 1000, gauges{zero, zero, zero}))
	now := birth + int64(300*time.Millisecond)
	for range 2 {
		var burst []*sequence
		for _, n := range []int{40, 25, 60} {
			burst = append(burst, testSequence("q", 300, n))
		}
		_, _ = e.begin(now)
		e.submit(now, burst)
		now = drain(e, now) + int64(400*time.Millisecond)
	}
	return e, cfg, now
}

func TestCounterMovesInStepsOfTheIntegral(t *testing.T) {
	for _, step := range []time.Duration{0, 10 * time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond} {
		e, cfg, end := worked(func(c *Config) {
			c.Sensor = Sensor{CounterStep: step, GainErrorRel: 0.03}
			c.Devices = Devices(2)
		})
		s := newSensors(cfg, birth, e)
		for device := range 2 {
			before, moved := *s.read(device, birth).EnergyMJ, 0
			for now := birth; now < end; now += int64(time.Millisecond) {
				shown := *s.read(device, now).EnergyMJ
				require.GreaterOrEqual(t, shown, before)
				if shown > before {
					moved++
				}
				before = shown
				// Never ahead of the truth, and never more than a step behind.
				truth := 1.03 * 1000 * e.energy(birth, now)
				lag := 1.03 * 1000 * e.energy(max(birth, now-int64(step)), now)
				require.InDelta(t, truth-lag/2, float64(shown-counterBaseMJ), lag/2+1.5)
			}
			if step > 0 {
				require.InDelta(t, float64(end-birth)/float64(step), float64(moved), 2)
			}
		}
	}
}

func TestAverageLagsTheTruth(t *testing.T) {
	e, cfg, end := worked(func(c *Config) { c.Sensor = Sensor{AverageWindow: time.Second} })
	s := newSensors(cfg, birth, e)
	require.EqualValues(t, 70_000, *s.read(0, birth).PowerMW, "before its start the device idled")
	rapid.Check(t, func(t *rapid.T) {
		now := birth + rapid.Int64Range(int64(time.Second), end-birth).Draw(t, "now")
		r := s.read(0, now)
		require.InDelta(t, 1000*e.energy(now-int64(time.Second), now), float64(*r.PowerMW), 1)
		require.Equal(t, *r.PowerMW, *r.AveragePowerMW)
	})
	d := s.describe()[0]
	require.Equal(t, int64(time.Second), d.AverageWindowNS)
	require.Equal(t, "simulated.power.average", d.PowerSource)
}

func TestPowerIsThePresentOneWithGainAndNoise(t *testing.T) {
	e, cfg, end := worked(func(c *Config) { c.Sensor = Sensor{GainErrorRel: -0.05} })
	quiet := newSensors(cfg, birth, e)
	cfg.Sensor.NoiseRel = 0.02
	noisy := newSensors(cfg, birth, e)
	sum, squares, n := 0.0, 0.0, 0.0
	for now := birth; now < end; now += int64(time.Millisecond / 4) {
		truth := 950 * e.power(now)
		require.InDelta(t, truth, float64(*quiet.read(0, now).PowerMW), 1)
		got := noisy.read(0, now)
		require.Equal(t, got, noisy.read(0, now), "the noise of a moment is always the same")
		off := float64(*got.PowerMW)/truth - 1
		sum, squares, n = sum+off, squares+off*off, n+1
	}
	require.InDelta(t, 0, sum/n, 0.002)
	require.InDelta(t, 0.02*0.02, squares/n, 0.00005)
	require.InDelta(t, 0.05, *quiet.describe()[0].GainErrorRel, 1e-12)
}

func TestSamplesAreTheTruePower(t *testing.T) {
	e, cfg, end := worked(nil)
	s := newSensors(cfg, birth, e)
	joules, samples := 0.0, s.samples(0, end)
	for i, one := range samples {
		until := end
		if i+1 < len(samples) {
			until = samples[i+1].TimeNS
		}
		joules += one.PowerMW / 1000 * seconds(until-one.TimeNS)
	}
	require.InEpsilon(t, e.energy(birth, end), joules, 1e-9)
	require.Empty(t, s.samples(end, end))
}

func TestGauges(t *testing.T) {
	e, cfg, _ := worked(nil)
	s := newSensors(cfg, birth, e)
	idle := s.read(0, birth+int64(100*time.Millisecond))
	require.EqualValues(t, 0, *idle.UtilizationPct)
	require.EqualValues(t, idleClock, *idle.SMClockMHz)
	active := s.read(0, birth+int64(400*time.Millisecond))
	require.EqualValues(t, activeClock, *active.SMClockMHz)
	require.InDelta(t, 10, *active.UtilizationPct, 1)
	require.Positive(t, *active.TemperatureC)
	require.EqualValues(t, 700_000, *active.PowerLimitMW)
}

func TestDevicesDescribeThemselvesAsSimulated(t *testing.T) {
	e, cfg, _ := worked(func(c *Config) { c.Devices = Devices(3) })
	for i, d := range newSensors(cfg, birth, e).describe() {
		require.Equal(t, i, d.Index)
		require.True(t, d.Simulated)
		require.Contains(t, d.Flags, "simulated")
		require.Equal(t, event.KindGPU, d.Kind)
		require.Equal(t, int64(100*time.Millisecond), *d.CounterStepNS)
	}
}

func TestDeviceFaults(t *testing.T) {
	e, cfg, end := worked(func(c *Config) { c.Devices = Devices(2) })
	s := newSensors(cfg, birth, e)
	at := birth + int64(500*time.Millisecond)
	before := *s.read(0, at).EnergyMJ

	s.strike(0, FaultCounterFrozen, at)
	require.Equal(t, before, *s.read(0, end).EnergyMJ)
	require.Greater(t, *s.read(1, end).EnergyMJ, before, "the other goes on")
	s.heal()
	require.Greater(t, *s.read(0, end).EnergyMJ, before)

	s.strike(0, FaultCounterReset, at)
	require.EqualValues(t, 0, *s.read(0, at).EnergyMJ)
	later := *s.read(0, end).EnergyMJ
	require.Positive(t, later)
	require.Less(t, later, before)

	s.strike(1, FaultDeviceLost, at)
	require.Equal(t, Reading{ID: "SIM-GPU-1", TimeNS: end, Error: "device_lost"}, s.read(1, end))
}
