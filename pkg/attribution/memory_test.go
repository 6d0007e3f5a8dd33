package attribution

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What an engine that advances holds follows what is in flight, not how long
// the run is: four times the run takes no more of anything.
func TestMemoryFollowsWhatIsInFlight(t *testing.T) {
	hold := func(requests int) (most [5]int) {
		l := newLoad(requests, 10*requests, 64)
		e := l.engine(t, EqualShare, TokenWeighted)
		require.Equal(t, 2*requests, l.stream(t, e, func() {
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
