package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// Stages share out the run: each request belongs to one, and their times and energy add
// up to the whole.
func TestStagesAddUp(t *testing.T) {
	e := recordtest.NewEdit("/tmp/x")
	e.Config.Load.Stages = []config.Stage{{Name: "calm"}, {Name: "peak"}, {Name: "never reached"}}
	e.Attempts(func(f *event.RequestFinished) {
		if f.Stage = 1; f.Index >= 8 {
			f.Stage = 2
		}
	})
	s := compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
	require.Len(t, s.Stages, 3)
	calm, peak, never := s.Stages[0], s.Stages[1], s.Stages[2]
	require.Equal(t, "calm", calm.Name)
	require.Equal(t, 2, peak.Stage)
	require.Equal(t, s.Requests.Total, calm.Requests.Total+peak.Requests.Total)
	require.Equal(t, s.Requests.Failed, calm.Requests.Failed+peak.Requests.Failed)
	require.EqualValues(t, 1, calm.Requests.Warmup)
	require.Equal(t, s.Latency.TTFTS.Count, calm.Latency.TTFTS.Count+peak.Latency.TTFTS.Count)
	require.Equal(t, s.Latency.ITLS.Count, calm.Latency.ITLS.Count+peak.Latency.ITLS.Count)

	require.Equal(t, s.StartedNS, calm.Account.FromNS)
	require.Equal(t, calm.Account.ToNS, peak.Account.FromNS)
	require.Equal(t, s.EndedNS, peak.Account.ToNS)
	require.InEpsilon(t, *s.Energy.MeasuredJ, *calm.Account.MeasuredJ+*peak.Account.MeasuredJ, 1e-9)
	require.InEpsilon(t, *s.Energy.RequestsJ, *calm.Account.RequestsJ+*peak.Account.RequestsJ, 1e-9)
	require.NotNil(t, calm.Account.JPerOutputToken)

	require.Zero(t, never.Requests.Total)
	require.Nil(t, never.Account)
	require.Nil(t, never.Latency.TTFTS)
}

func TestNoStages(t *testing.T) {
	require.Empty(t, compute(t, record()).Summary.Stages)
}
