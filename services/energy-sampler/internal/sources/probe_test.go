package sources

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
)

func TestProbe(t *testing.T) {
	c := Config{GPU: Auto, NVMLLibrary: "/nowhere/lib.so", CPU: Auto, RAM: Model, Node: None, Root: root(t, false)}
	got := opener(c, nil).Probe(t.Context())
	require.Len(t, got, 3)
	gpu, cpu, ram := got[0], got[1], got[2]
	require.Equal(t, []string{"gpu", "cpu", "ram"}, []string{gpu.Kind, cpu.Kind, ram.Kind})
	require.False(t, gpu.Usable)
	require.Contains(t, gpu.Text, "cannot be loaded")
	require.Contains(t, gpu.Advice, "install the NVIDIA driver")
	require.True(t, cpu.Usable)
	require.Contains(t, cpu.Text, "modelled")
	require.True(t, ram.Usable)
	require.Contains(t, ram.Text, "24.0 GiB")

	nvmltest.Script{Devices: 2, Start: time.Now()}.Install(t)
	c.NVMLLibrary, c.Root, c.Node = nvmltest.Library(t), root(t, true), Psys
	got = opener(c, nil).Probe(t.Context())
	require.Len(t, got, 4)
	require.Equal(t, "node", got[3].Kind)
	for _, s := range got {
		require.True(t, s.Usable, s.Kind)
		require.Contains(t, s.Text, "measured")
		require.Empty(t, s.Advice)
	}

	c = Config{GPU: NVML, NVMLLibrary: "/nowhere/lib.so", CPU: RAPL, RAM: None, Node: HWMon, Root: root(t, false)}
	for _, s := range opener(c, nil).Probe(t.Context()) {
		require.False(t, s.Usable, s.Kind)
		require.NotEmpty(t, s.Text)
	}
}
