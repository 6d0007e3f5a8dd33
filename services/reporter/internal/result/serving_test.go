package result

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// replicas computes the record as if every second request had gone to a second
// replica, under some map of replicas to devices.
func replicas(t *testing.T, endpoints []config.Endpoint) Result {
	t.Helper()
	c := recordtest.Config(t.TempDir())
	c.Metrics.Methods = []string{"equal-share/v1"}
	c.Backend.Endpoints = endpoints
	items := recordtest.Items(c)
	for _, item := range items {
		if f, ok := item.Data.(*event.RequestFinished); ok && f.Index%2 == 1 {
			f.Replica = "r1"
		}
	}
	run, err := collect.From(recordtest.Run, recordtest.Number(recordtest.Run, items))
	require.NoError(t, err)
	r, err := Compute(run, Options{Revision: 1})
	require.NoError(t, err)
	for _, m := range r.Summary.Methods {
		require.LessOrEqual(t, m.ResidualRel, 1e-9)
	}
	return r
}

func byReplica(rows []event.ResultRequest) map[string]float64 {
	out := map[string]float64{}
	for _, row := range rows {
		if row.EnergyJ != nil {
			out[row.Replica] += *row.EnergyJ
		}
	}
	return out
}

func reasons(s event.Summary) string { return strings.Join(s.Verdict.Reasons, "; ") }

func group(ids ...string) []config.DeviceGroup { return []config.DeviceGroup{{IDs: ids}} }

// TestRequestsAreChargedForTheirReplica: each replica's requests add up to what its
// own device spent on requests.
func TestRequestsAreChargedForTheirReplica(t *testing.T) {
	r := replicas(t, []config.Endpoint{{URL: "http://a", Devices: group("0")}, {URL: "http://b", Devices: group("GPU-1")}})
	require.NotContains(t, reasons(r.Summary), "charged for all")
	require.NotContains(t, reasons(r.Summary), "not measured")
	sums := byReplica(r.Rows)
	require.InEpsilon(t, r.Summary.Methods[0].RequestsJ, sums["r0"]+sums["r1"], 1e-9)
	for i, device := range r.Summary.Devices[:2] {
		replica := []string{"r0", "r1"}[i]
		require.Equal(t, []string{"GPU-0", "GPU-1"}[i], device.ID)
		require.InEpsilon(t, *device.MeasuredJ-*device.IdleJ-*device.GapJ, sums[replica], 1e-9, replica)
	}
	for _, row := range r.Rows {
		if row.Replica == "r1" {
			require.NotContains(t, row.Flags, "throttled", "a flag of GPU-0 touches its own requests only")
		}
	}
	require.True(t, slices.ContainsFunc(r.Rows, func(row event.ResultRequest) bool { return slices.Contains(row.Flags, "throttled") }))
}

// TestTensorParallel: one replica of two devices is charged for both.
func TestTensorParallel(t *testing.T) {
	both := replicas(t, []config.Endpoint{{URL: "http://a", Devices: group("0", "1")}, {URL: "http://b", Devices: group("0", "1")}})
	all := replicas(t, nil)
	require.Equal(t, byReplica(all.Rows), byReplica(both.Rows), "all devices of all requests is what no map means")
	require.Contains(t, reasons(all.Summary), "charged for all")
	require.NotContains(t, reasons(both.Summary), "charged for all")
}

// TestDevicesThatServeNothing are no part of the run.
func TestDevicesThatServeNothing(t *testing.T) {
	r := replicas(t, []config.Endpoint{{URL: "http://a", Devices: group("1")}, {URL: "http://b", Devices: group("1")}})
	require.Len(t, r.Summary.Devices, 2, "GPU-1 and the processor")
	require.Equal(t, "GPU-1", r.Summary.Devices[0].ID)
}

func TestWrongMapsAreNamed(t *testing.T) {
	r := replicas(t, []config.Endpoint{{URL: "http://a", Devices: group("0")}, {URL: "http://b", Devices: group("7")}})
	require.Equal(t, "invalid", r.Summary.Verdict.Result)
	require.Contains(t, reasons(r.Summary), "r1: accelerator 7 of any host")
	for _, row := range r.Rows {
		require.Equal(t, row.Replica == "r0", row.EnergyJ != nil, "an energy that is not known is not zero")
	}

	r = replicas(t, []config.Endpoint{{URL: "http://a", Replica: "r0", Devices: group("0")}, {URL: "http://b", Replica: "x", Devices: group("1")}})
	require.Equal(t, "invalid", r.Summary.Verdict.Result)
	require.Contains(t, reasons(r.Summary), "served by r1")

	elsewhere := []config.DeviceGroup{{Host: "elsewhere"}}
	r = replicas(t, []config.Endpoint{{URL: "http://a", Devices: group("0")}, {URL: "http://b", Devices: elsewhere}})
	require.Contains(t, reasons(r.Summary), "r1: an accelerator of elsewhere")
}
