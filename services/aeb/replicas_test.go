package aeb_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// openFleet is a pipeline on one host whose GPUs two replicas share out.
func openFleet(t *testing.T, gpusEach int) *bench {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	sim, err := simulate.ServeFleet(ctx, "127.0.0.1:0", simulate.Replicas(simulate.DefaultConfig(), 2, gpusEach))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	return openOn(t, aeb.Options{ClickHouse: "off"}, sim)
}

// endpoints gives each replica its GPUs by index.
func (b *bench) endpoints(groups ...string) string {
	var list []string
	for i, ids := range groups {
		list = append(list, fmt.Sprintf("{url: %q, devices: [{ids: [%s]}]}", b.sim.Replica(i)+"/v1", ids))
	}
	return "backend.endpoints=[" + strings.Join(list, ", ") + "]"
}

// TestReplicasAreChargedForTheirOwnDevices: two replicas of one GPU and of two,
// against the simulator's truth for each request. Without the map each request is
// charged for all, and the truth shows how wrong that is.
func TestReplicasAreChargedForTheirOwnDevices(t *testing.T) {
	t.Parallel()
	for _, gpus := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d GPUs each", gpus), func(t *testing.T) {
			b := openFleet(t, gpus)
			groups := []string{"0", "1"}
			if gpus == 2 {
				groups = []string{"0, 1", "2, SIM-GPU-3"}
			}
			result := b.run(t, b.endpoints(groups...), "load.concurrency=6", "metrics.methods=[phase-aware/v1, fitted/v1]")
			s := result.Summary
			require.EqualValues(t, 60, s.Requests.OK)
			require.NotContains(t, strings.Join(s.Verdict.Reasons, "; "), "charged for all")
			require.NotNil(t, s.Truth)
			require.InDelta(t, 0, s.Truth.TotalErrorRel, 0.02)
			require.LessOrEqual(t, s.Truth.IntervalJ.Low, s.Truth.TrueJ)
			require.GreaterOrEqual(t, s.Truth.IntervalJ.High, s.Truth.TrueJ)
			byReplica := map[string]int{}
			energy := map[string]float64{}
			for _, row := range csvtest.Rows(t, filepath.Join(result.Output, "requests.csv")) {
				require.Equal(t, b.sim.URL()+"/"+row["replica"], row["endpoint"])
				if row["method"] == "phase-aware/v1" {
					byReplica[row["replica"]]++
					joules, err := strconv.ParseFloat(row["energy_j"], 64)
					require.NoError(t, err)
					energy[row["replica"]] += joules
				}
			}
			require.InDelta(t, 30, byReplica["r0"], 1)
			require.InDelta(t, 30, byReplica["r1"], 1)
			for replica := range byReplica {
				require.InEpsilon(t, b.truth(t, result.Run, replica), energy[replica], 0.05, "what %s spent on requests", replica)
			}
			for _, m := range s.Truth.ByMethod {
				t.Logf("%s: per-request error median %.3g, p95 %.3g; inside the interval %.3g", m.Method, m.ErrorRel.P50, m.ErrorRel.P95, m.InsideInterval)
				require.Less(t, m.ErrorRel.P50, 0.15, m.Method)
			}
		})
	}
}

// truth is the simulator's own sum over a replica's requests.
func (b *bench) truth(t *testing.T, run event.RunID, replica string) float64 {
	t.Helper()
	i, err := strconv.Atoi(strings.TrimPrefix(replica, "r"))
	require.NoError(t, err)
	own, err := b.sim.Fleet().Replica(i).Truth(run, 0, 0)
	require.NoError(t, err)
	sum := 0.0
	for _, r := range own.Requests {
		sum += r.EnergyJ
	}
	return sum
}

func TestReplicaOfADeviceThatIsNotThere(t *testing.T) {
	t.Parallel()
	b := openFleet(t, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	result, err := b.Run(ctx, b.config(t, b.endpoints("0", "5")), nil)
	var failed *aeb.RunError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "no_device", failed.Class)
	require.Equal(t, service.ExitDependency, failed.ExitCode())
	require.Contains(t, failed.Reason, "r1: accelerator 5 of any host")
	require.Empty(t, result.Output)
}
