package sink

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// Two hosts of unlike size. The second package of one says nothing, and an accelerator's
// memory is not the host's.
func TestOccupiedIsOfAllHostsOrNotSaid(t *testing.T) {
	r := &collect.Run{Hosts: map[string]*event.HostDescribed{
		"big": {CPUCount: 96, RAMBytes: 512 << 30}, "small": {CPUCount: 32, RAMBytes: 256 << 30},
	}}
	gib := func(n float64) *float64 { return new(n * (1 << 30)) }
	devices := []event.DeviceResult{
		{Host: "big", Kind: event.KindGPU, UtilizationMeanPct: new(99.0), MemoryMeanBytes: gib(70)},
		{Host: "big", Kind: event.KindCPU, UtilizationMeanPct: new(10.0)},
		{Host: "big", Kind: event.KindCPU},
		{Host: "big", Kind: event.KindRAM, MemoryMeanBytes: gib(100.5)},
		{Host: "small", Kind: event.KindCPU, UtilizationMeanPct: new(50.0)},
		{Host: "small", Kind: event.KindRAM, MemoryMeanBytes: gib(91.5)},
	}
	cells := func(devices []event.DeviceResult) map[string]string {
		v := map[string]string{}
		occupied(v, r, event.Summary{Devices: devices})
		return v
	}
	require.Equal(t, map[string]string{"cpu_utilization_percent": "20", "ram_used_gb": "192", "ram_utilization_percent": "25"}, cells(devices))
	require.Equal(t, map[string]string{"cpu_utilization_percent": "20"}, cells(devices[:5]), "a sum without a host's part would be too small")
	require.Empty(t, cells(devices[:4])["cpu_utilization_percent"])
	require.Empty(t, cells(nil))
	r.Hosts = nil
	require.Empty(t, cells(nil), "a run that nobody measured")
}
