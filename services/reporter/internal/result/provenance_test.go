package result_test

import (
	"slices"
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

// A sum is no better than its worst part: measured accelerators priced with a modelled
// processor are modelled, and the processor alone is, not missing.
func TestASumSaysItsOwnProvenance(t *testing.T) {
	with := func(edit func(*recordtest.Edit)) (event.Summary, event.ResultRequest) {
		e := recordtest.NewEdit("/tmp/x")
		edit(e)
		res := compute(t, recordtest.Number(recordtest.Run, e.Items()))
		return res.Summary, res.Rows[0]
	}
	cpu := func(p event.Provenance) func(*recordtest.Edit) {
		return func(e *recordtest.Edit) { e.Device("node-cpu", func(d *event.Device) { d.Provenance = p }) }
	}
	none := func(kind event.DeviceKind) func(*recordtest.Edit) {
		return func(e *recordtest.Edit) {
			e.Host(func(h *event.HostDescribed) {
				h.Devices = slices.DeleteFunc(h.Devices, func(d event.Device) bool { return kind == "" || d.Kind == kind })
			})
		}
	}
	for name, c := range map[string]struct {
		edit        func(*recordtest.Edit)
		energy, sum event.Provenance
	}{
		"with a modelled processor":  {cpu(event.Modelled), event.Measured, event.Modelled},
		"with a measured processor":  {cpu(event.Measured), event.Measured, event.Measured},
		"accelerators alone":         {none(event.KindCPU), event.Measured, event.Measured},
		"a modelled processor alone": {none(event.KindGPU), event.Absent, event.Modelled},
		"nothing":                    {none(""), event.Absent, event.Absent},
	} {
		t.Run(name, func(t *testing.T) {
			s, row := with(c.edit)
			require.Equal(t, c.energy, row.Provenance)
			require.Equal(t, c.sum, row.EmissionsProvenance)
			require.Equal(t, row.EmissionsGCO2e == nil, c.sum == event.Absent)
			require.Equal(t, c.sum, s.Provenance["total"])
		})
	}
}
