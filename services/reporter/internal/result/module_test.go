package result_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// A Grace Hopper's module has its processor's and memory's energy: what a model says of
// them beside it is in no total, on no request's bill, and has an account all the same.
func TestProcessorWithinAModuleCountsOnce(t *testing.T) {
	apart := edited(t, func(*recordtest.Edit) {})
	e := recordtest.NewEdit("/tmp/x")
	e.Device("GPU-0", func(d *event.Device) { d.Flags = append(d.Flags, "module_scope") })
	res := compute(t, recordtest.Number(recordtest.Run, e.Items()))
	s := res.Summary
	require.Equal(t, *apart.Energy.GPUWh, *s.Energy.TotalWh)
	require.Less(t, *s.Energy.TotalWh, *apart.Energy.TotalWh)
	require.Nil(t, s.Energy.CPUWh)
	require.Equal(t, "gpu", s.Emissions.Scope)
	require.InEpsilon(t, *apart.Emissions.GCO2e**s.Energy.TotalWh / *apart.Energy.TotalWh, *s.Emissions.GCO2e, 1e-12)
	require.Equal(t, event.Absent, s.Provenance["cpu"])
	require.NotNil(t, s.Emissions.GCO2eInterval, "the model's unknown error is in no total either")
	for _, row := range res.Rows {
		require.Nil(t, row.CPUJ)
	}
	cpu := s.Devices[2]
	require.Equal(t, "node-cpu", cpu.ID)
	require.Equal(t, apart.Devices[2].MeasuredJ, cpu.MeasuredJ)
	require.Contains(t, cpu.Flags, "within_module")
	require.Contains(t, strings.Join(s.Notes, "; "), "processor node-cpu (modelled) is in no total")
}

// Another host's processor is its own.
func TestModuleIsOfItsHostAlone(t *testing.T) {
	s := edited(t, func(e *recordtest.Edit) {
		e.Device("GPU-0", func(d *event.Device) { d.Flags = append(d.Flags, "module_scope") })
		e.Add(recordtest.Sampler, &event.HostDescribed{
			Host: "other", Clock: event.Clock{Host: "other", BootID: recordtest.Clock.BootID}, OS: "linux", Arch: "amd64",
			Devices: []event.Device{{ID: "other-cpu", Kind: event.KindCPU, Name: "Test CPU", Provenance: event.Modelled}},
		})
		e.Seconds("node-cpu", func(d *event.DeviceSamples) { d.Device = "other-cpu" })
	})
	require.NotNil(t, s.Energy.CPUWh)
	require.InEpsilon(t, *s.Energy.GPUWh+*s.Energy.CPUWh, *s.Energy.TotalWh, 1e-12)
}
