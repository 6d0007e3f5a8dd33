package working

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/attempt"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

func newServer(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	return httptest.NewServer(h)
}

// TestReplicasShareTheWork: whatever the number of replicas, each prompt goes out
// once, and never more are in flight than the run allows.
func TestReplicasShareTheWork(t *testing.T) {
	for _, replicas := range []int{1, 2, 4} {
		t.Run(fmt.Sprint(replicas), func(t *testing.T) {
			st := newStage(t)
			st.model.answer = func(_ int64, w http.ResponseWriter, r *http.Request) {
				select { // long enough for requests to meet
				case <-time.After(30 * time.Millisecond):
				case <-r.Context().Done():
				}
				good(w)
			}
			for range replicas {
				st.replica(nil)
			}
			const prompts, concurrency = 300, 32
			id := st.request(func(c *config.Run) { c.Load.Concurrency = concurrency })
			st.start(id)
			st.load(id, prompts)
			state := st.await(id, over)
			require.Nil(t, state.Failure)

			r := st.read(id)
			require.Len(t, r.finished, prompts)
			for _, attempts := range r.finished {
				require.Len(t, attempts, 1)
				require.Equal(t, event.StatusOK, attempts[0].Status, attempts[0].Error)
				require.Equal(t, 1, attempts[0].Attempt)
			}
			require.Len(t, r.started, prompts)
			require.Len(t, r.first, prompts)
			require.Equal(t, 1, r.drained)
			require.EqualValues(t, prompts, st.model.requests.Load())
			require.LessOrEqual(t, st.model.most.Load(), int64(concurrency))
			require.Greater(t, st.model.most.Load(), int64(concurrency/2), "the slots were used")
			require.NotEmpty(t, r.sampled)
			drivers := 0
			for _, p := range state.Producers {
				if p.Producer[:len(run.Driver)] == run.Driver {
					drivers++
				}
			}
			require.Equal(t, replicas, drivers)
			require.Len(t, r.closed, replicas+1, "every producer has closed with its count")
			require.Len(t, r.accounts, replicas)
			for _, accounts := range r.accounts {
				last := accounts[len(accounts)-1]
				require.Greater(t, len(accounts), 1, "more than the last one")
				require.Zero(t, last.InFlight)
				require.Positive(t, *last.CPUNS)
				require.Positive(t, last.SchedCount)
			}
		})
	}
}

// TestDeadReplica: the work of a replica that vanishes is done by another, as a
// second attempt.
func TestDeadReplica(t *testing.T) {
	st := newStage(t)
	st.model.hold = make(chan struct{})
	dying := st.replica(func(r *Runner) { r.Drain = time.Millisecond })
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 4 })
	st.start(id)
	st.load(id, 4)
	require.Eventually(t, func() bool { return st.model.inFlight.Load() == 4 }, 10*time.Second, time.Millisecond)

	// Without its connection it can neither store nor acknowledge nor close.
	require.NoError(t, dying.bus.Close(t.Context()))
	dying.stop()
	close(st.model.hold)
	st.replica(nil)
	state := st.await(id, func(s run.State) bool { return s.Phase == run.Draining })
	require.Nil(t, state.Failure)

	r := st.read(id)
	require.Len(t, r.finished, 4)
	for _, attempts := range r.finished {
		require.Len(t, attempts, 1, "the first attempt's record died with its replica")
		require.Equal(t, 2, attempts[0].Attempt)
		require.Equal(t, event.StatusOK, attempts[0].Status)
	}
	require.False(t, state.AllClosed(), "the dead replica's part stays open, and the run is seen to have a hole")
}

// TestStoppedReplica: a stop lets requests end, gives back those that do not, and
// records both.
func TestStoppedReplica(t *testing.T) {
	st := newStage(t)
	st.model.answer = func(n int64, w http.ResponseWriter, r *http.Request) {
		if n < 2 {
			<-r.Context().Done() // never ends
			return
		}
		good(w)
	}
	leaving := st.replica(func(r *Runner) { r.Drain = 400 * time.Millisecond })
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 2 })
	st.start(id)
	st.load(id, 6)
	require.Eventually(t, func() bool { return st.model.inFlight.Load() == 2 }, 10*time.Second, time.Millisecond)
	began := time.Now()
	leaving.stop()
	require.Less(t, time.Since(began), 3*time.Second)
	state, err := st.store.Get(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, run.Running, state.Phase, "the run goes on for others")
	require.True(t, state.AllClosed())

	st.replica(nil)
	st.await(id, over)
	r := st.read(id)
	require.Len(t, r.finished, 6)
	second := 0
	for _, attempts := range r.finished {
		last := attempts[len(attempts)-1]
		require.Equal(t, event.StatusOK, last.Status)
		if len(attempts) == 2 {
			require.Equal(t, event.StatusCancelled, attempts[0].Status)
			require.Equal(t, 2, last.Attempt)
			second++
		}
	}
	require.Equal(t, 2, second)
}

func TestStopLetsRequestsEnd(t *testing.T) {
	st := newStage(t)
	st.model.hold = make(chan struct{})
	leaving := st.replica(nil)
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 2 })
	st.start(id)
	st.load(id, 2)
	require.Eventually(t, func() bool { return st.model.inFlight.Load() == 2 }, 10*time.Second, time.Millisecond)
	go func() {
		<-time.After(200 * time.Millisecond)
		close(st.model.hold)
	}()
	leaving.stop()
	r := st.read(id)
	require.Len(t, r.finished, 2)
	for _, attempts := range r.finished {
		require.Equal(t, event.StatusOK, attempts[0].Status)
	}
}

func TestConsecutiveFailuresEndTheRun(t *testing.T) {
	st := newStage(t)
	st.model.answer = func(_ int64, w http.ResponseWriter, _ *http.Request) { bad(w) }
	st.replica(nil)
	st.replica(nil)
	id := st.request(func(c *config.Run) { c.Load.Concurrency, c.Load.FailFast = 2, 3 })
	st.start(id)
	st.load(id, 50)
	state := st.await(id, over)
	require.Equal(t, ConsecutiveFailures, state.Failure.Class)
	require.Contains(t, state.Failure.Reason, "engine is broken")
	r := st.read(id)
	require.Len(t, r.failed, 1)
	require.GreaterOrEqual(t, len(r.finished), 3, "what was measured is kept")
	require.Less(t, len(r.finished), 20)
	for _, attempts := range r.finished {
		require.NotEqual(t, event.StatusOK, attempts[0].Status)
	}
}

func TestIsolatedFailuresDoNot(t *testing.T) {
	st := newStage(t)
	st.model.answer = func(n int64, w http.ResponseWriter, _ *http.Request) {
		if n%3 != 0 {
			bad(w)
			return
		}
		good(w)
	}
	st.replica(nil)
	id := st.request(func(c *config.Run) { c.Load.Concurrency, c.Load.FailFast = 1, 3 })
	st.start(id)
	st.load(id, 30)
	state := st.await(id, over)
	require.Nil(t, state.Failure)
	failed := 0
	for _, attempts := range st.read(id).finished {
		if attempts[0].Status == event.StatusFailed {
			require.Equal(t, "server_error", attempts[0].ErrorClass)
			failed++
		}
	}
	require.Equal(t, 20, failed)
}

func TestCancelledRunKeepsItsResults(t *testing.T) {
	st := newStage(t)
	st.model.answer = func(n int64, w http.ResponseWriter, r *http.Request) {
		if n >= 5 {
			<-r.Context().Done()
			return
		}
		good(w)
	}
	st.replica(nil)
	st.replica(nil)
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 4 })
	st.start(id)
	st.load(id, 40)
	require.Eventually(t, func() bool { return st.model.requests.Load() == 9 }, 10*time.Second, time.Millisecond)
	st.update(id, func(s run.State) (run.State, error) { return s.Cancel("interrupted", time.Now().UnixNano()) })
	st.await(id, over)
	r := st.read(id)
	count := map[event.Status]int{}
	for _, attempts := range r.finished {
		require.Len(t, attempts, 1)
		count[attempts[0].Status]++
	}
	require.Equal(t, map[event.Status]int{event.StatusOK: 5, event.StatusCancelled: 4}, count)
	require.Eventually(t, func() bool { // the last one out took the rest away
		w, err := st.bus.NewWorker(t.Context(), spec(id))
		require.NoError(t, err)
		backlog, err := w.Backlog(t.Context())
		require.NoError(t, err)
		require.NoError(t, w.Remove(t.Context()))
		return backlog.Waiting == 40 // a consumer of its own, from the beginning
	}, 5*time.Second, 50*time.Millisecond)
}

func spec(id event.RunID) bus.WorkerSpec {
	work := run.Work(id)
	work.MaxInFlight = 1
	return work
}

// TestLateReplicaJoins: a replica that comes when the run is under load takes its
// share.
func TestLateReplicaJoins(t *testing.T) {
	st := newStage(t)
	st.model.hold = make(chan struct{})
	st.replica(func(r *Runner) { r.MaxInFlight = 2 })
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 5 })
	st.start(id)
	st.load(id, 20)
	require.Eventually(t, func() bool { return st.model.inFlight.Load() == 2 }, 10*time.Second, time.Millisecond)
	st.replica(nil)
	require.Eventually(t, func() bool { return st.model.inFlight.Load() == 5 }, 10*time.Second, time.Millisecond)
	close(st.model.hold)
	st.await(id, over)
	require.Len(t, st.read(id).finished, 20)
	require.EqualValues(t, 5, st.model.most.Load())
}

func TestLongRequestIsNotDeliveredAgain(t *testing.T) {
	st := newStage(t)
	st.model.hold = make(chan struct{})
	st.replica(func(r *Runner) { r.timing.ackWait = 600 * time.Millisecond })
	id := st.request(nil)
	st.start(id)
	st.load(id, 1)
	require.Never(t, func() bool { return st.model.requests.Load() > 1 }, 1500*time.Millisecond, 100*time.Millisecond)
	close(st.model.hold)
	st.await(id, over)
	require.Len(t, st.read(id).finished["r0000000"], 1)
}

func TestEmptyLoadDrains(t *testing.T) {
	st := newStage(t)
	st.model.metrics.Store(false)
	st.replica(nil)
	id := st.request(nil)
	st.start(id)
	st.load(id, 0)
	st.await(id, over)
	r := st.read(id)
	require.Empty(t, r.finished)
	require.Empty(t, r.sampled, "a server without metrics is no fault")
}

func TestServerThatIsNotReady(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*stage, *config.Run)
		class  string
		reason string
	}{
		{"not there", func(_ *stage, c *config.Run) { c.Backend.Endpoint = "http://" + closedPort(t) }, ServerUnreachable, "refused"},
		{"not healthy", func(st *stage, _ *config.Run) { st.model.healthy.Store(false) }, ServerUnreachable, "503"},
		{"another model", func(st *stage, _ *config.Run) { st.model.models.Store("other") }, ModelNotServed, `"m"; the server has other`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := newStage(t)
			st.replica(nil)
			id := st.request(func(c *config.Run) { c.Backend.ReadyTimeoutS = 0.5; tt.change(st, c) })
			state := st.await(id, func(s run.State) bool { return s.Phase == run.Failed && s.AllClosed() })
			require.Equal(t, tt.class, state.Failure.Class)
			require.Contains(t, state.Failure.Reason, tt.reason)
			require.Len(t, st.read(id).failed, 1)
		})
	}
}

// A run none of whose requests could be measured does not begin.
func TestRunThatCannotBeMeasured(t *testing.T) {
	st := newStage(t)
	st.replica(nil)
	id := st.request(func(c *config.Run) { c.Scenario.GenerateKwargs.Extra = map[string]any{"n": 2} })
	state := st.await(id, func(s run.State) bool { return s.Phase == run.Failed && s.AllClosed() })
	require.Equal(t, "config", state.Failure.Class)
	require.Contains(t, state.Failure.Reason, "extra_body.n")
	require.Zero(t, st.model.requests.Load())
}

// What goes out while a closed loop is in a stage belongs to it; a prompt that was due
// in a stage keeps that.
func TestRequestsBelongToStages(t *testing.T) {
	st := newStage(t)
	st.replica(nil)
	id := st.request(func(c *config.Run) {
		c.Load.Stages = []config.Stage{{Concurrency: 1, Requests: 1}, {Name: "peak", Concurrency: 1}}
	})
	st.start(id)
	_, err := st.store.Update(t.Context(), id, func(s run.State) (run.State, error) { return s.EnterStage(2) })
	require.NoError(t, err)
	st.load(id, 3)
	st.await(id, over)
	for _, attempts := range st.read(id).finished {
		require.Equal(t, 2, attempts[0].Stage)
		require.Equal(t, "peak", attempts[0].StageName)
	}
	s := attempt.Sender{Client: wire.NewClient(1, ""), Clock: clock.System("h"), Base: "http://127.0.0.1:0", Stage: 1}
	r := s.Send(t.Context(), &event.PromptQueued{RequestID: "r1", Prompt: "p", Stage: 2}, 1, s.Clock.Now())
	require.Equal(t, 2, r.Stage)
}

func TestServerThatComesUpLate(t *testing.T) {
	st := newStage(t)
	st.model.healthy.Store(false)
	st.replica(nil)
	id := st.request(nil)
	require.Never(t, func() bool {
		s, err := st.store.Get(t.Context(), id)
		return err != nil || s.Checked[run.Driver] || s.Phase != run.Baseline
	}, 200*time.Millisecond, 20*time.Millisecond)
	st.model.healthy.Store(true)
	st.start(id)
	st.load(id, 1)
	st.await(id, over)
}

// TestReplicaThatCannotReachTheServer does not end a run that another can drive.
func TestReplicaThatCannotReachTheServer(t *testing.T) {
	st := newStage(t)
	st.replica(nil)
	id := st.request(func(c *config.Run) { c.Backend.ReadyTimeoutS = 0.3 })
	st.await(id, func(s run.State) bool { return s.Checked[run.Driver] })
	st.model.healthy.Store(false)
	st.replica(nil)
	require.Never(t, func() bool {
		s, err := st.store.Get(t.Context(), id)
		return err != nil || s.Phase != run.Baseline
	}, 700*time.Millisecond, 50*time.Millisecond)
	st.start(id)
	st.load(id, 3)
	st.await(id, over)
}

func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
