//go:build !race

package attribution

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Twice the input takes at most 2.1 times as long. Each time is the least of several
// of this process's processor time, taken in turns, so that what else the machine
// does falls on both, and without the garbage collector, which runs once or not at all
// in so little; the test goes on until the least ones hold the law, or its
// budget is spent, which a run that grows with the square cannot escape. The race
// detector's own memory outgrows the caches between the two, so it is not run with it.
func TestTimeGrowsWithTheInput(t *testing.T) {
	const (
		requests = 10_000
		most     = 2.1
		budget   = 4 * time.Second
	)
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, method := range []string{EqualShare, Fitted} {
		t.Run(method, func(t *testing.T) {
			loads := [2]*load{newLoad(requests, 10*requests, 64), newLoad(2*requests, 20*requests, 64)}
			var least [2]time.Duration
			began := time.Now()
			for round := 0; ; round++ {
				for i, l := range loads {
					e := l.engine(t, method)
					runtime.GC()
					cpu := processCPU()
					l.stream(t, e, nil)
					if took := processCPU() - cpu; round == 0 || took < least[i] {
						least[i] = took
					}
				}
				grew := float64(least[1]) / float64(least[0])
				if round >= 2 && grew <= most {
					t.Logf("%.2f times as long after %d rounds: %v", grew, round+1, least)
					return
				}
				if time.Since(began) > budget {
					require.LessOrEqual(t, grew, most, "%v", least)
				}
			}
		})
	}
}
