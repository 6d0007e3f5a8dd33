package working

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

func TestPick(t *testing.T) {
	servers := func() []*target { return []*target{{replica: "a"}, {replica: "b"}, {replica: "c"}} }
	picks := func(b *balance, n int) string {
		out := ""
		for range n {
			out += b.take().replica
		}
		return out
	}
	require.Equal(t, "abcab", picks(&balance{way: config.BalanceRoundRobin, targets: servers()}, 5))
	require.Equal(t, "bcabc", picks(&balance{way: config.BalanceRoundRobin, targets: servers(), rank: 1}, 5), "the next process begins one further")
	require.Equal(t, "bbbb", picks(&balance{way: config.BalanceReplica, targets: servers(), rank: 4}, 4))

	b := &balance{way: config.BalanceLeastBusy, targets: servers()}
	require.Equal(t, "abc", picks(b, 3))
	b.give(b.targets[1])
	require.Equal(t, "b", picks(b, 1), "the one that has the fewest")
	b.give(b.targets[2])
	b.give(b.targets[2])
	require.Equal(t, "c", picks(b, 1))
}

// A config that comes over the broker starts no server, and says so at once.
func TestNoServerIsStartedForAConfig(t *testing.T) {
	c, err := config.LoadRun("", "backend.type=pytorch")
	require.NoError(t, err)
	_, err = targets(c.Backend)
	require.ErrorContains(t, err, "backend.start")
	c.Backend.Endpoint = "http://127.0.0.1:9000"
	started, err := targets(c.Backend)
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:9000", started[0].base)
}

// TestEndpointsShareTheLoad: every way over 1 and 2 driver processes, with the
// server and its replica on each record and each server's metrics read.
func TestEndpointsShareTheLoad(t *testing.T) {
	for _, way := range []string{config.BalanceRoundRobin, config.BalanceLeastBusy, config.BalanceReplica} {
		for _, drivers := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s by %d", way, drivers), func(t *testing.T) {
				st := newStage(t)
				other := newModel(t)
				for range drivers {
					st.replica(nil)
				}
				id := st.request(func(c *config.Run) {
					c.Backend.Endpoints = []config.Endpoint{{URL: st.model.url + "/v1"}, {URL: other.url, Replica: "second"}}
					c.Backend.Balance = way
				})
				st.start(id)
				st.await(id, func(s run.State) bool { return driversSeen(s) == drivers })
				const prompts = 120
				st.load(id, prompts)
				require.Nil(t, st.await(id, over).Failure)
				r := st.read(id)
				require.Len(t, r.finished, prompts)
				count := map[string]int64{}
				for _, f := range r.finished {
					require.Equal(t, f[0].Replica == "second", f[0].Endpoint == other.url)
					count[f[0].Replica]++
				}
				require.Equal(t, st.model.requests.Load(), count["r0"])
				require.Equal(t, other.requests.Load(), count["second"])
				switch {
				case way == config.BalanceReplica && drivers == 1:
					require.EqualValues(t, prompts, count["r0"], "one process keeps to one server")
				case way == config.BalanceReplica:
					require.Positive(t, count["r0"])
					require.Positive(t, count["second"])
				case way == config.BalanceRoundRobin:
					require.InDelta(t, prompts/2, count["second"], 1)
				default:
					require.Positive(t, count["second"])
					require.Positive(t, count["r0"])
				}
				read := map[string]bool{}
				for _, s := range r.sampled {
					read[s.Endpoint] = true
				}
				require.Equal(t, map[string]bool{st.model.url: true, other.url: true}, read)
			})
		}
	}
}

// TestEveryEndpointIsChecked: the run fails with the server that is not ready.
func TestEveryEndpointIsChecked(t *testing.T) {
	st := newStage(t)
	other := newModel(t)
	other.models.Store("another")
	st.replica(nil)
	id := st.request(func(c *config.Run) {
		c.Backend.Endpoints = []config.Endpoint{{URL: st.model.url}, {URL: other.url}}
		c.Backend.ReadyTimeoutS = 1
	})
	state := st.await(id, func(s run.State) bool { return s.Phase == run.Failed })
	require.Equal(t, ModelNotServed, state.Failure.Class)
	require.Contains(t, state.Failure.Reason, other.url)
}
