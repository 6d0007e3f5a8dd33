package attribution

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// What an engine that advances holds follows what is in flight, not how long
// the run is: four times the run takes no more of anything. That holds under every
// method, but for what fitted/v1 keeps of attempts that are over, see below.
func TestMemoryFollowsWhatIsInFlight(t *testing.T) {
	hold := func(requests int) (most [5]int) {
		l := newLoad(requests, 10*requests, 64)
		e := l.engine(t, Methods()...)
		require.Equal(t, len(Methods())*requests, l.stream(t, e, func() {
			d := e.devices["gpu"]
			now := [5]int{
				int(e.attempts.used), e.index.used, len(d.edges) - d.next + len(d.fresh), len(d.curve.nodes), len(d.inbox.blocks),
			}
			for i := range most {
				most[i] = max(most[i], now[i])
			}
		}))
		return most
	}
	short, long := hold(5_000), hold(20_000)
	for i := range short {
		require.LessOrEqual(t, float64(long[i]), 1.2*float64(short[i])+8, "%v for a run, %v for one four times as long", short, long)
	}
	require.Less(t, long[0], 4*64+200)
}

// heldBytes is what an engine holds after a run.
func heldBytes(t *testing.T, requests int, methods ...string) int64 {
	t.Helper()
	var before, after runtime.MemStats
	l := newLoad(requests, 10*requests, 64)
	runtime.GC()
	runtime.ReadMemStats(&before)
	e := l.engine(t, methods...)
	l.stream(t, e, nil)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(e)
	runtime.KeepAlive(l)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// The same in bytes. The fitted method keeps the run's tape, and so much per attempt.
func TestBytesHeld(t *testing.T) {
	const requests = 15_000
	grew := func(methods ...string) (first, then float64) {
		one, two, four := heldBytes(t, requests, methods...), heldBytes(t, 2*requests, methods...), heldBytes(t, 4*requests, methods...)
		return float64(two-one) / requests, float64(four-two) / (2 * requests)
	}
	_, perAttempt := grew(EqualShare, PhaseAware, TokenWeighted)
	require.Less(t, perAttempt, 0.5)

	first, perAttempt := grew(EqualShare, Fitted)
	t.Logf("%.0f bytes an attempt", perAttempt)
	require.Less(t, perAttempt, 220.)
	require.InEpsilon(t, first, perAttempt, 0.1, "so much per attempt, however many")
}
