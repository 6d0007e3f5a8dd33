package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// An accelerator that is lost makes a sum over accelerators miss a part, whether its
// sampler said so or nothing came of it.
func TestALostDeviceIsMissing(t *testing.T) {
	require.Equal(t, event.Measured, edited(t, func(*recordtest.Edit) {}).Provenance["gpu"])
	for name, lose := range map[string]func(*recordtest.Edit){
		"said so": func(e *recordtest.Edit) {
			e.Device("GPU-1", func(d *event.Device) { d.Provenance = event.Absent })
		},
		"silent": func(e *recordtest.Edit) {
			e.Seconds("GPU-1", func(d *event.DeviceSamples) { *d = event.DeviceSamples{Device: d.Device} })
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := edited(t, lose)
			require.Equal(t, event.Absent, s.Provenance["gpu"])
			require.Equal(t, event.Measured, s.Devices[0].Provenance)
			require.Equal(t, event.Absent, s.Devices[1].Provenance)
			require.Equal(t, event.Modelled, s.Provenance["cpu"])
		})
	}
}
