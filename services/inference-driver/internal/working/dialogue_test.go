package working

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// queue puts prompts of the test's making onto the stream.
func (st *stage) queue(id event.RunID, n int64, change func(*event.PromptQueued)) {
	st.t.Helper()
	producer, epoch := st.loader.Identity()
	st.update(id, func(s run.State) (run.State, error) { return s.Join(producer, epoch) })
	for i := range n {
		p := &event.PromptQueued{RequestID: fmt.Sprintf("r%07d", i), Index: i, Prompt: "why?", PromptSHA256: strings.Repeat("0", 64)}
		change(p)
		require.NoError(st.t, st.loader.Publish(st.t.Context(), id, p))
	}
	require.NoError(st.t, st.loader.Flush(st.t.Context()))
	st.update(id, func(s run.State) (run.State, error) { return s.Loaded(n) })
	require.NoError(st.t, st.loader.CloseRun(st.t.Context(), id))
	st.update(id, func(s run.State) (run.State, error) { return s.Leave(producer, epoch) })
}

// listener is a server that remembers what it was told, by request id.
type listener struct {
	*model
	mu   sync.Mutex
	told map[string][]wire.Message
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{model: newModel(t), told: map[string][]wire.Message{}}
	l.url = serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/completions") {
			body, _ := io.ReadAll(r.Body)
			var q struct {
				Messages []wire.Message `json:"messages"`
			}
			_ = json.Unmarshal(body, &q)
			id := r.Header.Get("X-Request-Id")
			l.mu.Lock()
			l.told[id[strings.Index(id, ".")+1:]] = q.Messages
			l.mu.Unlock()
		}
		l.ServeHTTP(w, r)
	}))
	return l
}

func talk(p *event.PromptQueued) {
	n := int64(3)
	p.Prompt = "first"
	p.Turns = []event.Turn{
		{Answer: "recorded", Prompt: "second", PromptSHA256: strings.Repeat("0", 64), ExpectedOutputTokens: &n},
		{Prompt: "third", PromptSHA256: strings.Repeat("0", 64)},
	}
}

// TestSessions: each turn comes after the answer to the one before and a pause,
// with the recorded answer where there is one and the server's where there is none,
// on one server; each is a record of its own.
func TestSessions(t *testing.T) {
	st := newStage(t)
	one, other := listen(t), listen(t)
	st.replica(nil)
	st.replica(nil)
	const sessions, delay = 12, 0.05
	id := st.request(func(c *config.Run) {
		c.Backend.Endpoints = []config.Endpoint{{URL: one.url}, {URL: other.url}}
		c.Scenario.Sessions, c.Scenario.TurnDelayS = true, delay
		c.Load.Concurrency = 4
	})
	st.start(id)
	st.queue(id, sessions, talk)
	require.Nil(t, st.await(id, over).Failure)
	r := st.read(id)
	require.Len(t, r.finished, 3*sessions)
	for i := range sessions {
		name := fmt.Sprintf("r%07d", i)
		var turns []*event.RequestFinished
		for k, request := range []string{name, name + "-t2", name + "-t3"} {
			require.Len(t, r.finished[request], 1)
			f := r.finished[request][0]
			require.Equal(t, event.StatusOK, f.Status, f.Error)
			require.Equal(t, name, f.Session)
			require.Equal(t, k+1, f.Turn)
			require.Equal(t, 1, r.started[request])
			if k > 0 {
				before := turns[k-1]
				require.GreaterOrEqual(t, f.Sent.MonoNS, before.Sent.MonoNS+before.EndAfterNS+int64(delay*1e9))
				require.Equal(t, before.Endpoint, f.Endpoint, "a session keeps to its server")
			}
			turns = append(turns, f)
		}
		server := one
		if turns[0].Endpoint == other.url {
			server = other
		}
		require.Equal(t, []wire.Message{{Role: "user", Content: "first"}}, server.told[name+".1"])
		require.Equal(t, []wire.Message{
			{Role: "user", Content: "first"},
			{Role: "assistant", Content: "recorded"},
			{Role: "user", Content: "second"},
			{Role: "assistant", Content: " a b"},
			{Role: "user", Content: "third"},
		}, server.told[name+"-t3.1"], "the server's own answer")
	}
	require.LessOrEqual(t, one.most.Load()+other.most.Load(), int64(4))
}

// TestSessionEndsWithItsFailure, and begins anew after a death.
func TestSessionEndsWithItsFailure(t *testing.T) {
	st := newStage(t)
	st.model.answer = func(n int64, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			bad(w)
			return
		}
		good(w)
	}
	st.replica(nil)
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 1 })
	st.start(id)
	st.queue(id, 1, talk)
	st.await(id, over)
	r := st.read(id)
	require.Len(t, r.finished, 2)
	require.Equal(t, event.StatusFailed, r.finished["r0000000-t2"][0].Status)
}

func TestSessionOfADeadReplicaBeginsAnew(t *testing.T) {
	st := newStage(t)
	release := make(chan struct{})
	st.model.answer = func(n int64, w http.ResponseWriter, r *http.Request) {
		if n == 1 {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
		good(w)
	}
	dying := st.replica(func(r *Runner) { r.Drain = time.Millisecond })
	id := st.request(func(c *config.Run) { c.Load.Concurrency = 1 })
	st.start(id)
	st.queue(id, 1, talk)
	require.Eventually(t, func() bool { return st.model.requests.Load() == 2 }, 10*time.Second, time.Millisecond)
	require.NoError(t, dying.bus.Close(t.Context()))
	dying.stop()
	close(release)
	st.replica(nil)
	st.await(id, func(s run.State) bool { return s.Phase == run.Draining })
	r := st.read(id)
	require.Len(t, r.finished["r0000000"], 2, "the first turn is made again")
	for _, request := range []string{"r0000000", "r0000000-t2", "r0000000-t3"} {
		last := r.finished[request][len(r.finished[request])-1]
		require.Equal(t, 2, last.Attempt, request)
		require.Equal(t, event.StatusOK, last.Status)
	}
}

// TestRetriesAreAttemptsOfTheirOwn: declared classes go out again, others do not,
// and only the last attempt counts for fail-fast.
func TestRetriesAreAttemptsOfTheirOwn(t *testing.T) {
	st := newStage(t)
	st.model.answer = func(n int64, w http.ResponseWriter, _ *http.Request) {
		switch {
		case n == 12:
			http.Error(w, "no", http.StatusBadRequest)
		case n%3 != 2:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		default:
			good(w)
		}
	}
	st.replica(nil)
	id := st.request(func(c *config.Run) {
		c.Load.Concurrency, c.Load.FailFast = 1, 2
		c.Load.Retries = &config.Retries{Max: 2, Classes: []string{"overload"}, DelayS: 0.01}
	})
	st.start(id)
	st.load(id, 5)
	require.Nil(t, st.await(id, over).Failure, "no two requests failed in a row")
	r := st.read(id)
	require.Len(t, r.finished, 5)
	for request, attempts := range r.finished {
		slices.SortFunc(attempts, func(a, b *event.RequestFinished) int { return a.Attempt - b.Attempt })
		if request == "r0000004" {
			require.Len(t, attempts, 1)
			require.Equal(t, string(wire.BadRequest), attempts[0].ErrorClass)
			continue
		}
		require.Len(t, attempts, 3, request)
		for i, f := range attempts {
			require.Equal(t, i+1, f.Attempt)
			require.Equal(t, i == 2, f.Status == event.StatusOK)
		}
	}
}

// TestErrorBoundsHoldOverAllReplicas.
func TestErrorBoundsHoldOverAllReplicas(t *testing.T) {
	for _, c := range []struct {
		class  string
		change func(*config.Run)
	}{
		{run.MaxErrors, func(c *config.Run) { c.Load.MaxErrors = 10 }},
		{run.MaxErrorRate, func(c *config.Run) { c.Load.MaxErrorRate = 0.2 }},
	} {
		t.Run(c.class, func(t *testing.T) {
			st := newStage(t)
			st.model.answer = func(n int64, w http.ResponseWriter, _ *http.Request) {
				if n%3 == 2 {
					bad(w)
					return
				}
				good(w)
			}
			st.replica(nil)
			st.replica(nil)
			id := st.request(func(run *config.Run) { run.Load.FailFast = 0; c.change(run) })
			st.start(id)
			st.await(id, func(s run.State) bool { return driversSeen(s) == 2 })
			st.load(id, 2000)
			state := st.await(id, over)
			require.NotNil(t, state.Failure)
			require.Equal(t, c.class, state.Failure.Class, state.Failure.Reason)
			r := st.read(id)
			require.Less(t, len(r.finished), 600)
			require.Len(t, r.failed, 1)
			if c.class == run.MaxErrors {
				require.EqualValues(t, 10, state.Errors)
			}
		})
	}
}

// TestPlannedCancellation: by tokens and by time, as a class of its own that is no
// failure, and the server sees the connection close.
func TestPlannedCancellation(t *testing.T) {
	st := newStage(t)
	left := make(chan struct{}, 100)
	st.model.answer = func(_ int64, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 10_000 {
			_, _ = fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}]}\n\n")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				left <- struct{}{}
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}
	st.replica(nil)
	id := st.request(func(c *config.Run) { c.Load.FailFast, c.Load.MaxErrors = 1, 1 })
	st.start(id)
	st.queue(id, 6, func(p *event.PromptQueued) {
		if p.Index%2 == 0 {
			p.Cancel = &event.CancelPlan{AfterTokens: new(int64(5))}
		} else {
			p.Cancel = &event.CancelPlan{AfterNS: new(int64(60e6))}
		}
	})
	require.Nil(t, st.await(id, over).Failure, "they are no failures")
	for range 6 {
		<-left
	}
	r := st.read(id)
	require.Len(t, r.finished, 6)
	for _, attempts := range r.finished {
		f := attempts[0]
		require.Len(t, attempts, 1)
		require.Equal(t, event.StatusCancelled, f.Status)
		require.Equal(t, "cancelled_by_plan", f.ErrorClass)
		if f.Index%2 == 0 {
			require.Len(t, f.ChunkGapsNS, 5)
		} else {
			require.InDelta(t, 60e6, f.EndAfterNS, 40e6)
		}
	}
}
