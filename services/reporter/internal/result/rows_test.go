package result_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// A row says when the answer began after reasoning, and how late we sent its request:
// after it was due, or after the driver had it.
func TestRowsSayWhenOutputBeganAndHowLateWeWere(t *testing.T) {
	const reasoned, thinking, scheduled, retried = "r000001", "r000002", "r000004", "r000007"
	e := recordtest.NewEdit("/tmp/x")
	e.Attempts(func(f *event.RequestFinished) {
		switch f.RequestID {
		case reasoned:
			f.FirstOutputAfterNS = new(int64(149e6))
		case thinking:
			f.FirstOutputAfterNS = nil
		case scheduled:
			f.ScheduledNS = new(f.Sent.WallNS - 7e6)
		}
	})
	rows := compute(t, recordtest.Number(recordtest.Run, e.Items())).Rows
	require.NotEmpty(t, rows)
	for _, r := range rows {
		switch r.RequestID {
		case thinking:
			require.Nil(t, r.FirstOutputNS, "it ended before its reasoning did")
		case reasoned:
			require.Equal(t, r.SentNS+149e6, *r.FirstOutputNS)
		default:
			require.Equal(t, *r.FirstTokenNS, *r.FirstOutputNS, r.RequestID)
		}
		switch {
		case r.RequestID == retried && r.Attempt == 2:
			require.Nil(t, r.QueueLagS, "what went before made it late")
		case r.RequestID == scheduled:
			require.InDelta(t, 0.007, *r.QueueLagS, 1e-9)
		default:
			require.InDelta(t, 0.001, *r.QueueLagS, 1e-9, r.RequestID)
		}
	}
}
