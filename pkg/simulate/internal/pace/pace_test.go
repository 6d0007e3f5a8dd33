package pace

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNeverEarly(t *testing.T) {
	for _, d := range []time.Duration{-1, 0, 1, 10 * time.Microsecond, 700 * time.Microsecond, 4 * time.Millisecond} {
		began := time.Now()
		require.True(t, Sleep(t.Context(), int64(d)))
		require.GreaterOrEqual(t, time.Since(began), d)
	}
}

func TestEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(time.Millisecond, cancel)
	defer timer.Stop()
	require.False(t, Sleep(ctx, int64(time.Hour)))
	require.False(t, Sleep(ctx, 0))
}

// BenchmarkLateness is how much later than asked a sleep of 5 ms returns.
func BenchmarkLateness(b *testing.B) {
	const asked = 5 * time.Millisecond
	var late time.Duration
	for b.Loop() {
		began := time.Now()
		Sleep(b.Context(), int64(asked))
		late += time.Since(began) - asked
	}
	b.ReportMetric(float64(late.Microseconds())/float64(b.N), "µs-late")
}
