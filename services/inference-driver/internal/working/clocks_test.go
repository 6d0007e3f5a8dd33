package working

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock/offset"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
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
			st.answers(gpu)
			began := gpu.Now()
			skewed := clock.Skewed(gpu, event.Clock{Host: "driver", BootID: boot}, 40*time.Millisecond, 100)
			st.replica(func(r *Runner) { r.Clock, r.ClockEvery = skewed, 100*time.Millisecond })
			st.model.hold = make(chan struct{})
			id := st.request(func(c *config.Run) { c.Load.Concurrency = 8 })
			st.measures(id, "gpu-a")
			st.start(id)
			time.AfterFunc(time.Second, func() { close(st.model.hold) })
			st.load(id, 8)
			require.Nil(t, st.await(id, over).Failure)
			got := st.offsets(id)["driver"]
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

// answers lets a measuring host tell its time.
func (st *stage) answers(host clock.Clock) {
	st.t.Helper()
	stop, err := st.bus.Answer(subject.Clock(host.Host().Host), offset.Answer(host))
	require.NoError(st.t, err)
	st.t.Cleanup(func() { require.NoError(st.t, stop()) })
}

// measures makes a host a measuring one of the run.
func (st *stage) measures(id event.RunID, host string) {
	st.t.Helper()
	producer := event.Producer{Service: "energy-sampler", Instance: "s"}
	st.update(id, func(s run.State) (run.State, error) { return s.HostJoined(host, producer) })
	st.update(id, func(s run.State) (run.State, error) { return s.HostReady(host, producer) })
}

// offsets are the run's estimates, by host.
func (st *stage) offsets(id event.RunID) map[string][]*event.ClockOffset {
	st.t.Helper()
	out := map[string][]*event.ClockOffset{}
	for rec, err := range st.bus.Replay(st.t.Context(), id, subject.Ctl) {
		require.NoError(st.t, err)
		if o, ok := rec.Event.Data.(*event.ClockOffset); ok {
			out[o.Host] = append(out[o.Host], o)
		}
	}
	return out
}

// TestReplicasOfTwoHostsAgree: two replicas share a run on hosts whose clocks are two
// seconds ahead and three behind, and drift. By the offsets that they publish, the
// first tokens of both came when the server wrote them.
func TestReplicasOfTwoHostsAgree(t *testing.T) {
	const requests = 40
	st := newStage(t)
	gpu := clock.System("gpu-a")
	st.answers(gpu)
	for _, host := range []struct {
		name  string
		ahead time.Duration
		ppm   float64
	}{{"fast", 2 * time.Second, 100}, {"slow", -3 * time.Second, -80}} {
		skewed := clock.Skewed(gpu, event.Clock{Host: host.name, BootID: host.name}, host.ahead, host.ppm)
		st.replica(func(r *Runner) { r.Clock, r.ClockEvery = skewed, 100*time.Millisecond })
	}
	server := scripted(t, func(script.Request) script.Stream {
		return script.Stream{Count: 5, First: 50 * time.Millisecond, Gap: 10 * time.Millisecond}
	})
	id := st.request(func(c *config.Run) { c.Backend.Endpoint, c.Load.Concurrency = server.URL()+"/v1", 4 })
	st.measures(id, "gpu-a")
	st.start(id)
	st.load(id, requests)
	require.Nil(t, st.await(id, over).Failure)

	models := map[string]offset.Model{}
	for host, all := range st.offsets(id) {
		for _, o := range all {
			models[host] = append(models[host], offset.Estimate{HostNS: o.AtNS + o.OffsetNS, OffsetNS: o.OffsetNS, ErrorNS: o.ErrorNS})
		}
	}
	now := gpu.Now()
	wrote := map[string]int64{} // in the wall time of the measuring host
	for _, r := range server.Records() {
		if r.RequestID != "" {
			wrote[r.RequestID] = now.AtMono(r.Before[1])
		}
	}
	late := map[string][]time.Duration{}
	for request, attempts := range st.read(id).finished {
		r := attempts[0]
		require.Equal(t, event.StatusOK, r.Status, r.Error)
		host := r.Clock.Host
		first := r.Sent.WallNS + *r.FirstTokenAfterNS
		ahead, wrong := models[host].At(first)
		sent := fmt.Sprintf("%s.%s.1", id, request)
		require.Contains(t, wrote, sent)
		after := first - ahead - wrote[sent]
		require.GreaterOrEqual(t, after, -wrong-tied, "%s of %s came before it was written", request, host)
		late[host] = append(late[host], time.Duration(after))
	}
	require.Len(t, late, 2)
	for host, all := range late {
		slices.Sort(all)
		t.Logf("%s: %d first tokens, at the median %s after they were written", host, len(all), all[len(all)/2])
		require.Greater(t, len(all), requests/4)
		require.Less(t, all[len(all)/2], 100*time.Millisecond)
	}
}

// tied is how well readings of this machine's two clocks at different times agree.
const tied = int64(100 * time.Microsecond)
