package working

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock/offset"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// TestClockOffsetIsEstimated: over a real broker, a driver whose clock is 40 ms
// ahead of the measuring host's and drifts publishes estimates that hold the truth;
// one of the same boot publishes none.
func TestClockOffsetIsEstimated(t *testing.T) {
	for name, boot := range map[string]string{"two hosts": "other", "one boot": clock.System("").Host().BootID} {
		t.Run(name, func(t *testing.T) {
			st := newStage(t)
			gpu := clock.System("gpu-a")
			stop, err := st.bus.Answer(subject.Clock("gpu-a"), offset.Answer(gpu))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, stop()) })
			began := gpu.Now()
			skewed := clock.Skewed(gpu, event.Clock{Host: "driver", BootID: boot}, 40*time.Millisecond, 100)
			st.replica(func(r *Runner) { r.Clock, r.ClockEvery = skewed, 100*time.Millisecond })
			st.model.hold = make(chan struct{})
			id := st.request(func(c *config.Run) { c.Load.Concurrency = 8 })
			producer := event.Producer{Service: "energy-sampler", Instance: "s"}
			st.update(id, func(s run.State) (run.State, error) { return s.HostJoined("gpu-a", producer) })
			st.update(id, func(s run.State) (run.State, error) { return s.HostReady("gpu-a", producer) })
			st.start(id)
			time.AfterFunc(time.Second, func() { close(st.model.hold) })
			st.load(id, 8)
			require.Nil(t, st.await(id, over).Failure)
			var got []*event.ClockOffset
			for rec, err := range st.bus.Replay(t.Context(), id, subject.Ctl) {
				require.NoError(t, err)
				if o, ok := rec.Event.Data.(*event.ClockOffset); ok {
					got = append(got, o)
				}
			}
			if boot != "other" {
				require.Empty(t, got)
				return
			}
			require.GreaterOrEqual(t, len(got), 3)
			for _, o := range got {
				truth := 40e6 + 1e-4*float64(o.AtNS-began.WallNS)
				t.Logf("offset %d ± %d ns, in truth %.0f, %d round trips", o.OffsetNS, o.ErrorNS, truth, o.Samples)
				require.InDelta(t, truth, float64(o.OffsetNS), float64(o.ErrorNS)+1e3)
			}
		})
	}
}
