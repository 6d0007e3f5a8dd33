package result_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
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

// Windows add up to the run: what falls into it is counted once.
func TestWindowsAddUp(t *testing.T) {
	s := compute(t, record()).Summary
	require.Len(t, s.Windows, 4, "the rest of 0.343 s belongs to the last")
	var ended int64
	var measured, requests, idle, output, flight float64
	at := s.StartedNS
	for _, w := range s.Windows {
		require.Equal(t, at, w.FromNS)
		at = w.ToNS
		ended += w.RequestsOK + w.RequestsOther
		measured, requests, idle = measured+*w.MeasuredJ, requests+*w.RequestsJ, idle+*w.IdleJ
		output += *w.OutputTokensPerS * w.DurationS
		flight += w.ConcurrencyMean * w.DurationS
	}
	require.Equal(t, s.EndedNS, at)
	require.EqualValues(t, recordtest.Attempts, ended)
	require.InEpsilon(t, *s.Energy.MeasuredJ, measured, 1e-9)
	require.InEpsilon(t, *s.Energy.RequestsJ, requests, 1e-9)
	require.InEpsilon(t, *s.Energy.IdleJ, idle, 1e-9)
	require.InEpsilon(t, float64(*s.Tokens.Output), output, 1e-9)
	require.InEpsilon(t, s.Throughput.ConcurrencyMean*s.DurationS, flight, 1e-9)
}

// A long run has windows of a multiple of their length, so that its summary stays small.
func TestWindowsAreFew(t *testing.T) {
	s := with(t, func(c *config.Run) { c.Reporter.WindowS = 0.005 })
	require.LessOrEqual(t, len(s.Windows), 180)
	require.Greater(t, len(s.Windows), 50)
	text, err := json.Marshal(s.Windows)
	require.NoError(t, err)
	require.Less(t, len(text), 700_000, "a broker takes a megabyte")
}

// What a run is said to have reached is said of each window too.
func TestWindowsHaveTheFiguresOfTheRun(t *testing.T) {
	s := with(t, func(c *config.Run) { c.Load.SLO = &config.SLO{E2ES: 1.1} })
	var good, e2e, itl, lag int64
	for _, w := range s.Windows {
		good += *w.Good
		require.InEpsilon(t, float64(*w.Good)+1, *w.GoodPerS*w.DurationS+1, 1e-12)
		require.InEpsilon(t, float64(*w.Good)+1, *w.GoodPerJ**w.MeasuredJ+1, 1e-12)
		itl += w.Latency.ITLS.Count
		for of, n := range map[*event.Distribution]*int64{w.Latency.E2ES: &e2e, w.Latency.QueueLagS: &lag} {
			if of != nil {
				*n += of.Count
				require.LessOrEqual(t, of.P1, of.P999)
			}
		}
	}
	require.Equal(t, s.Goodput.Good, good)
	require.Equal(t, s.Latency.E2ES.Count, e2e)
	require.Equal(t, s.Latency.ITLS.Count, itl)
	require.Equal(t, s.Latency.QueueLagS.Count, lag)
	require.Nil(t, with(t, nil).Windows[0].Good, "no bounds, no goodput")
}

// A window's use of the drivers' cores is that between their accounts, whoever else has
// his in the same process.
func TestWindowsSayWhatTheDriversUsed(t *testing.T) {
	sampled := func(p event.Producer, after time.Duration, cpu int64) recordtest.Item {
		return recordtest.Item{Producer: p, Data: &event.DriverSampled{
			Clock: recordtest.Clock, At: recordtest.Stamp(after), PID: 7, Cores: 2, ElapsedNS: int64(after), CPUNS: &cpu,
		}}
	}
	s := with(t, nil,
		sampled(recordtest.DriverA, 3100*time.Millisecond, 31e8), sampled(recordtest.DriverA, 4100*time.Millisecond, 51e8),
		sampled(recordtest.DriverB, 3*time.Second, 30e8))
	require.Len(t, s.Windows, 4)
	require.InDelta(t, 0.5, *s.Windows[0].ClientCPUShare, 1e-9)
	require.InDelta(t, 1, *s.Windows[1].ClientCPUShare, 1e-9)
	require.Nil(t, s.Windows[2].ClientCPUShare, "nothing was said of it")
}

func TestShortRunsHaveNoWindows(t *testing.T) {
	require.Empty(t, with(t, func(c *config.Run) { c.Reporter.WindowS = 10 }).Windows)
	require.Empty(t, with(t, func(c *config.Run) { c.Reporter.WindowS = 0 }).Windows)
}

// The fitted method learns from a whole run: for a stretch of it another stands in, and
// the stretch says so.
func TestAStretchNamesItsMethod(t *testing.T) {
	for _, c := range []struct {
		methods []string
		want    string
	}{
		{[]string{"phase-aware/v1", "fitted/v1"}, "phase-aware/v1"},
		{[]string{"fitted/v1", "phase-aware/v1", "equal-share/v1"}, "phase-aware/v1"},
		{[]string{"fitted/v1"}, "equal-share/v1"},
	} {
		s := compute(t, record(), c.methods...).Summary
		require.Equal(t, c.methods[0], s.Energy.Method)
		require.Equal(t, c.want, s.Steady.Account.Method)
		for _, w := range s.Windows {
			require.Equal(t, c.want, w.Method)
		}
	}
}
