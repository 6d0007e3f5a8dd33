package collect_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// A device that a second sampler sees too has the energy that the first one read.
func TestADeviceBelongsToOneHost(t *testing.T) {
	want := from(t, record())
	clock := event.Clock{Host: "other", BootID: "its own"}
	edit := recordtest.NewEdit("/tmp/x")
	edit.Add(recordtest.Sampler, &event.HostDescribed{
		Host: "other", Clock: clock, Devices: []event.Device{{ID: "GPU-1", Kind: event.KindGPU, Provenance: event.Measured}},
	})
	edit.Add(recordtest.Sampler, &event.PowerSampled{
		Host: "other", Clock: clock, Start: recordtest.Stamp(3 * time.Second),
		Devices: []event.DeviceSamples{{Device: "GPU-1", TNS: []int64{0}, PowerMW: []int64{9e9}}},
	})
	got := from(t, recordtest.Number(recordtest.Run, edit.Items()))
	require.Equal(t, []collect.Twice{{Device: "GPU-1", Counts: "node", Left: "other"}}, got.Twice)
	require.Empty(t, got.Hosts["other"].Devices)
	require.Equal(t, want.Samples, got.Samples)
}
