package clock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestSkewedPlaysAnotherMachine(t *testing.T) {
	base := clock.NewManual(time.Unix(1000, 0))
	other := event.Clock{Host: "driver", BootID: "2"}
	c := clock.Skewed(base, other, 40*time.Millisecond, 100)
	require.Equal(t, other, c.Host())
	first := c.Now()
	require.EqualValues(t, 40e6, first.WallNS-base.Now().WallNS)
	base.Advance(10 * time.Second)
	now := c.Now()
	require.EqualValues(t, 41e6, now.WallNS-base.Now().WallNS, "1 ms in ten seconds")
	require.Equal(t, first.AtMono(now.MonoNS), now.WallNS, "both clocks run at one rate")
}
