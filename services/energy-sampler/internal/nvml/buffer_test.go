//go:build cgo

package nvml

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
)

// TestBufferedSamplesGiveASlowLoopTheWholeShape: at 5 Hz, the driver's own 50 Hz
// are all there, once each, and their integral is the truth.
func TestBufferedSamplesGiveASlowLoopTheWholeShape(t *testing.T) {
	script := nvmltest.Script{
		Devices: 1, Start: time.Now().Add(-3 * time.Second), Architecture: 7, PCI: 0x20b010de,
		Samples: 20 * time.Millisecond, Power: steps(1, 6*time.Second),
	}
	script.Install(t)
	s, err := Open(Options{Library: nvmltest.Library(t), SampleHz: 5}, host)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	d, err := s.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, "nvml.power.samples", d.Devices[0].PowerSource)
	require.Equal(t, "nvml.energy.total", d.Devices[0].EnergySource)

	r := sampleEvery(t, s, 200*time.Millisecond, 1100*time.Millisecond)
	var times, powers []int64
	for _, reading := range r[0] {
		if reading.PowerMW != event.Missing {
			times, powers = append(times, reading.AtNS), append(powers, reading.PowerMW)
		}
	}
	require.InDelta(t, 50, len(times), 3)
	var mj float64
	for i := 1; i < len(times); i++ {
		require.InDelta(t, 20*time.Millisecond, times[i]-times[i-1], float64(2*time.Microsecond))
		mj += float64(powers[i-1]) * float64(times[i]-times[i-1]) / 1e9
	}
	want := script.EnergyMJ(0, times[0], times[len(times)-1])
	require.Less(t, math.Abs(mj/want-1), 0.05)
	require.Zero(t, r.flags(0))
}

func TestBufferedSamplesAreLeftWhereTheyAreNoMore(t *testing.T) {
	f := func(name, want string, hz float64, s nvmltest.Script) {
		t.Helper()
		s.Devices, s.Start, s.Samples = 1, time.Now().Add(-3*time.Second), 20*time.Millisecond
		s.Install(t)
		source, err := Open(Options{Library: nvmltest.Library(t), SampleHz: hz}, host)
		require.NoError(t, err, name)
		d, err := source.Describe(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, d.Devices[0].PowerSource, name)
		require.NoError(t, source.Close())
	}
	ga100 := nvmltest.Script{Architecture: 7, PCI: 0x20b010de}
	f("a slow loop", "nvml.power.samples", 10, ga100)
	f("a fast loop", "nvml.power.instant", 100, ga100)
	f("what the samples mean is not documented", "nvml.power.instant", 10, nvmltest.Script{Architecture: 9})
	ga100.Faults = []nvmltest.Fault{{Device: -1, To: nvmltest.Forever, Kind: "unsupported", What: "samples"}}
	f("none", "nvml.power.instant", 10, ga100)
}
