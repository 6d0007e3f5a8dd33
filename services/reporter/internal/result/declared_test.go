package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// A declared price and footprint are figures of their own: emissions stay as they are.
func TestDeclaredFigures(t *testing.T) {
	plain := compute(t, record()).Summary
	require.Nil(t, plain.Emissions.Cost)
	require.Nil(t, plain.Emissions.EmbodiedGCO2e)

	c := recordtest.Config("/tmp/x")
	c.Metrics.ElectricityPricePerKWh, c.Metrics.Currency = 0.25, "EUR"
	c.Metrics.Embodied = &config.Embodied{KgCO2ePerDevice: 150, LifetimeH: 35_040, Source: "a maker's report"}
	s := compute(t, recordtest.Number(recordtest.Run, recordtest.Items(c))).Summary
	require.Equal(t, plain.Emissions.GCO2e, s.Emissions.GCO2e)
	require.InEpsilon(t, *s.Energy.TotalWh/1000*1.2*0.25, *s.Emissions.Cost, 1e-12, "PUE is 1.2")
	require.Equal(t, "EUR", s.Emissions.Currency)
	accelerators := 0.0
	for _, d := range s.Devices {
		if d.Kind == event.KindGPU {
			accelerators++
		}
	}
	require.Positive(t, accelerators)
	require.InEpsilon(t, 150_000*accelerators*s.DurationS/3600/35_040, *s.Emissions.EmbodiedGCO2e, 1e-9)
	require.Equal(t, "a maker's report", s.Emissions.EmbodiedSource)
}
