package clock_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// One machine has one boot, whatever its clocks are called.
func TestSystemsOfOneMachineShareItsBoot(t *testing.T) {
	require.Equal(t, clock.System("a").Host().BootID, clock.System("").Host().BootID)
	require.NoError(t, event.CheckToken(clock.System("").Host().Host))
}

// The parts of a stamp belong together: the wall time projected from an earlier
// stamp is the one read, unless someone steps the clock meanwhile.
func TestStampPartsAgree(t *testing.T) {
	c := clock.System("")
	first := c.Now()
	best := time.Hour
	for range 100 {
		s := c.Now()
		best = min(best, time.Duration(s.WallNS-first.AtMono(s.MonoNS)).Abs())
	}
	require.Less(t, best, 10*time.Millisecond)
}

func TestManualPlaysAnotherHost(t *testing.T) {
	m := clock.NewManual(time.Unix(1000, 0))
	require.Equal(t, event.Clock{Host: "test", BootID: "manual"}, m.Host())
	m.ID = event.Clock{Host: "b", BootID: "2"}
	require.Equal(t, m.ID, m.Host())
	var zero clock.Manual
	require.Equal(t, event.Stamp{}, zero.Now())
}

func TestManualIsSafeForConcurrentUse(t *testing.T) {
	m := clock.NewManual(time.Unix(0, 0))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				m.Advance(time.Nanosecond)
				_ = m.Now()
			}
		})
	}
	all.Wait()
	require.Equal(t, int64(4000), m.Now().WallNS)
}
