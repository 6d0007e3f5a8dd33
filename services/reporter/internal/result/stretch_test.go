package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// The steady stretch is inside the run, and its account is one too.
func TestSteadyStretchHasAnAccount(t *testing.T) {
	s := compute(t, record()).Summary
	steady := s.Steady
	require.Empty(t, steady.Absent)
	require.EqualValues(t, 3, steady.InFlight)
	require.EqualValues(t, 7, steady.Within)
	a := steady.Account
	require.Greater(t, a.FromNS, s.StartedNS)
	require.Less(t, a.ToNS, s.EndedNS)
	require.InEpsilon(t, *a.MeasuredJ, *a.RequestsJ+*a.IdleJ+*a.UnattributedJ+*a.GapJ, 1e-9)
	require.Less(t, *a.MeasuredJ, *s.Energy.MeasuredJ)
	require.InEpsilon(t, *a.JPerRequest/3.6, *a.WhPer1000Requests, 1e-12)
	require.Nil(t, a.JPerOutputToken, "one of its answers has no token counts")
}

// A run that is over before its first wave is has no steady stretch, and says so.
func TestNoSteadyStretch(t *testing.T) {
	var items []recordtest.Item
	for _, item := range recordtest.Items(recordtest.Config("/tmp/x")) {
		if _, ok := item.Data.(*event.RequestFinished); ok {
			continue
		}
		items = append(items, item)
	}
	steady := compute(t, recordtest.Number(recordtest.Run, items)).Summary.Steady
	require.NotNil(t, steady)
	require.Nil(t, steady.Account)
	require.NotEmpty(t, steady.Absent)
}
