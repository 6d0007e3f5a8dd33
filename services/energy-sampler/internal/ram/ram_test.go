package ram

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
)

func TestWatts(t *testing.T) {
	f := func(gigabytes float64, arm bool, dimms int, watts float64) {
		t.Helper()
		require.Equal(t, dimms, DIMMs(gigabytes))
		require.InDelta(t, watts, Watts(gigabytes, arm), 1e-9)
	}
	f(1, false, 1, 10)
	f(2, false, 1, 10)
	f(15.6, false, 2, 10)
	f(24, false, 4, 20)
	f(64, false, 4, 20)
	f(125, false, 8, 38)
	f(1024, false, 8, 38)
	f(2048, false, 16, 70)
	f(8192, false, 32, 126)
	f(130, false, 9, 42)
	f(1, true, 1, 3)
	f(32, true, 4, 6)
	f(1024, true, 8, 11.4)
}

type sink map[int]device.Reading

func (s sink) Add(i int, r device.Reading) { s[i] = r }

func TestSourceIsMarkedAsModelled(t *testing.T) {
	s, err := New("h/ram", machine.Facts{Arch: "amd64", RAMBytes: 24 << 30})
	require.NoError(t, err)
	d, err := s.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, event.Modelled, d.Devices[0].Provenance)
	require.Equal(t, event.KindRAM, d.Devices[0].Kind)
	got := sink{}
	s.Read(t.Context(), event.Stamp{WallNS: 5, MonoNS: 5}, got)
	require.EqualValues(t, 20_000, got[0].PowerMW)
	require.Equal(t, event.Missing, got[0].EnergyMJ)
	require.NoError(t, s.Close())

	_, err = New("h/ram", machine.Facts{})
	require.ErrorIs(t, err, device.ErrNone)
}
