package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

func TestErrorBounds(t *testing.T) {
	count := func(s run.State, ended, errors int64, b run.ErrorBounds) run.State {
		next, err := s.Count(ended, errors, b, "overload", 9)
		require.NoError(t, err)
		return next
	}
	running := run.State{Phase: run.Running}
	s := count(count(running, 1, 1, run.ErrorBounds{Errors: 3}), 1, 1, run.ErrorBounds{Errors: 3})
	require.Nil(t, s.Failure)
	s = count(s, 1, 1, run.ErrorBounds{Errors: 3})
	require.Equal(t, run.MaxErrors, s.Failure.Class)
	require.Equal(t, run.Draining, s.Phase)
	require.Contains(t, s.Failure.Reason, "3 requests failed, the last with overload")
	require.Equal(t, s, count(s, 5, 5, run.ErrorBounds{Errors: 3}), "what ends after the load counts no more")

	rate := run.ErrorBounds{Rate: 0.25}
	s = count(running, 19, 19, rate)
	require.Nil(t, s.Failure, "too few to judge")
	s = count(running, 20, 5, rate)
	require.Nil(t, s.Failure, "exactly the share is within it")
	s = count(s, 1, 1, rate)
	require.Equal(t, run.MaxErrorRate, s.Failure.Class)
	require.Contains(t, s.Failure.Reason, "6 of 21 requests failed")
	require.Nil(t, count(running, 1000, 900, run.ErrorBounds{}).Failure)
}
