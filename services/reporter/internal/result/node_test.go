package result_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// metered gives the host a meter of the whole, which reads the given power every two
// seconds.
func metered(e *recordtest.Edit, powerMW int64) *recordtest.Edit {
	const every = 2 * time.Second
	e.Host(func(h *event.HostDescribed) {
		h.Devices = append(h.Devices, event.Device{
			ID: "node/redfish/1", Kind: event.KindNode, Name: "chassis", PowerSource: "redfish.environment_metrics",
			Provenance: event.Measured, SamplePeriodNS: int64(every), Flags: []string{"averaged_power", "overlaps_cpu"},
		})
	})
	for at := time.Duration(0); at <= recordtest.Seconds*time.Second; at += every {
		e.Add(recordtest.Sampler, &event.PowerSampled{
			Host: "node", Clock: recordtest.Clock, Start: recordtest.Stamp(at),
			Devices: []event.DeviceSamples{{Device: "node/redfish/1", TNS: []int64{0}, PowerMW: event.Series{powerMW}}},
		})
	}
	return e
}

func TestTheWholeNodeStandsBesideItsParts(t *testing.T) {
	plain := compute(t, record())
	res := compute(t, recordtest.Number(recordtest.Run, metered(recordtest.NewEdit("/tmp/x"), 1_200_000).Items()))
	s := res.Summary
	require.InEpsilon(t, 1200*s.DurationS/3600, *s.Energy.NodeWh, 1e-9, "readings every 2 s leave no gaps")
	require.InEpsilon(t, *s.Energy.NodeWh / *s.Energy.TotalWh, *s.Energy.NodeOverParts, 1e-12)
	require.Equal(t, plain.Summary.Energy.TotalWh, s.Energy.TotalWh, "no total has it")
	require.Equal(t, plain.Summary.Emissions, s.Emissions)
	require.Equal(t, event.Measured, s.Provenance["node"])
	require.Equal(t, plain.Rows[0].EnergyJ, res.Rows[0].EnergyJ)
	require.NotContains(t, text(s.Verdict), "whole node")
	require.Nil(t, plain.Summary.Energy.NodeWh)
	require.Nil(t, plain.Summary.Energy.NodeOverParts)
}

// A controller that never answered is a device without readings, and not a zero.
func TestANodeThatWasNeverReadIsMissing(t *testing.T) {
	e := metered(recordtest.NewEdit("/tmp/x"), 1)
	e.Drop(func(p event.Payload) bool {
		sampled, ok := p.(*event.PowerSampled)
		return ok && sampled.Devices[0].Device == "node/redfish/1"
	})
	e.Add(recordtest.Sampler, &event.PowerGap{
		Host: "node", Clock: recordtest.Clock, Device: "node/redfish/1", FromNS: recordtest.Stamp(0).WallNS,
		ToNS: recordtest.Stamp(recordtest.Seconds * time.Second).WallNS, Reason: "the controller does not answer",
	})
	s := compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
	require.Nil(t, s.Energy.NodeWh)
	require.Nil(t, s.Energy.NodeOverParts)
	require.Contains(t, text(s.Verdict), "no_data")
}
