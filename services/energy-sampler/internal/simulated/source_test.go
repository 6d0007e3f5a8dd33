package simulated

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// fake is a simulator of two GPUs that can be switched off.
type fake struct{ down error }

func (f *fake) Devices(context.Context) ([]event.Device, error) {
	return []event.Device{{ID: "SIM-0", Index: 0, Kind: event.KindGPU}, {ID: "SIM-1", Index: 1, Kind: event.KindGPU}}, f.down
}

func (f *fake) Read(context.Context) ([]Sensors, error) {
	r := device.Unread(77)
	r.PowerMW, r.EnergyMJ = 1, 2
	return []Sensors{{Device: "SIM-1", Reading: r}, {Device: "SIM-9", Reading: r}, {Device: "SIM-0", Reading: r}}, f.down
}

func (f *fake) Ledger(_ context.Context, _ event.RunID, fromNS, toNS int64) (*event.TruthRecorded, error) {
	return &event.TruthRecorded{FromNS: fromNS, ToNS: toNS}, f.down
}

func (f *fake) Close() {}

// sink keeps the last reading that is not of gauges, and counts those.
type sink map[int]device.Reading

func (s sink) Add(i int, r device.Reading) {
	if r.Gauges == nil {
		s[i] = r
	}
}

func TestDevicesSayTheyAreSimulated(t *testing.T) {
	s, err := Open(t.Context(), &fake{}, []int{1})
	require.NoError(t, err)
	d, err := s.Describe(t.Context())
	require.NoError(t, err)
	require.Len(t, d.Devices, 1)
	require.True(t, d.Devices[0].Simulated)
	require.Contains(t, d.Notes[0], "simulated")

	got := sink{}
	s.Read(t.Context(), event.Stamp{WallNS: 5}, got)
	require.Len(t, got, 1)
	require.EqualValues(t, 77, got[0].AtNS)
	require.NoError(t, s.Close())

	_, err = Open(t.Context(), &fake{}, []int{4})
	require.ErrorIs(t, err, device.ErrNoSuchDevice)
}

func TestASimulatorThatIsAway(t *testing.T) {
	away := errors.New("connection refused")
	_, err := Open(t.Context(), &fake{down: away}, nil)
	require.ErrorIs(t, err, away)

	f := &fake{}
	s, err := Open(t.Context(), f, nil)
	require.NoError(t, err)
	f.down = away
	got := sink{}
	s.Read(t.Context(), event.Stamp{WallNS: 5}, got)
	require.Len(t, got, 2)
	for _, r := range got {
		require.False(t, r.Known())
		require.Equal(t, device.ReadError, r.Flags)
		require.Contains(t, r.Reason, "connection refused")
	}
	_, err = s.Ledger(t.Context(), "run", 1, 2)
	require.ErrorIs(t, err, away)
}
