package working

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/contract"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick waits less than in production, for as long as a loaded machine may need.
var quick = timing{ackWait: 2 * time.Second, retry: 20 * time.Millisecond, grace: 100 * time.Millisecond, scrape: 50 * time.Millisecond, account: 50 * time.Millisecond}

// stage is a broker and a server, with the test in the part of the loader.
type stage struct {
	t       *testing.T
	options *bus.Options
	bus     *bus.Bus
	store   *run.Store
	model   *model
	loader  *bus.Publisher
	serial  int
}

func newStage(t *testing.T) *stage {
	t.Helper()
	broker, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Stop(context.Background())) })
	require.NoError(t, natsbus.Ensure(t.Context(), broker.ConnectOptions()))
	options := broker.ConnectOptions()
	st := &stage{t: t, options: &options, model: newModel(t)}
	st.join()
	return st
}

// join connects the test's own part.
func (st *stage) join() {
	st.t.Helper()
	var err error
	st.bus = st.connect()
	st.store, err = run.NewStore(st.t.Context(), st.bus)
	require.NoError(st.t, err)
	st.loader = st.bus.NewPublisher(event.Producer{Service: "prompt-loader", Instance: "test"}, clock.System(""))
}

func (st *stage) connect() *bus.Bus {
	st.t.Helper()
	b, err := natsbus.Connect(st.t.Context(), *st.options)
	require.NoError(st.t, err)
	st.t.Cleanup(func() { _ = b.Close(context.Background()) })
	return b
}

// replica is a driver with a connection of its own.
type replica struct {
	name string
	bus  *bus.Bus
	// stop ends it as a signal does.
	stop func()
}

func (st *stage) replica(change func(*Runner)) *replica {
	st.t.Helper()
	b := st.connect()
	store, err := run.NewStore(st.t.Context(), b)
	require.NoError(st.t, err)
	leases, err := run.NewLeases(st.t.Context(), b)
	require.NoError(st.t, err)
	st.serial++
	producer := event.Producer{Service: run.Driver, Instance: fmt.Sprintf("d%d", st.serial)}
	r := &Runner{
		Bus: b, Producer: producer, Store: store, Leases: leases, Clock: clock.System(producer.Instance),
		Log: slog.New(slog.NewTextHandler(st.t.Output(), nil)), Client: wire.NewClient(256, ""),
		MaxInFlight: 256, Drain: 4 * time.Second, timing: quick,
	}
	if change != nil {
		change(r)
	}
	ctx, cancel := context.WithCancel(st.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.Run(ctx); err != nil {
			st.t.Errorf("run the driver: %v", err)
		}
	})
	stop := sync.OnceFunc(func() { cancel(); done.Wait() })
	st.t.Cleanup(stop)
	return &replica{name: producer.String(), bus: b, stop: stop}
}

func (st *stage) config(change func(*config.Run)) config.Run {
	c := config.Default()
	c.Backend.Endpoint, c.Backend.Model = st.model.url+"/v1", "m"
	c.Backend.TimeoutS, c.Backend.ReadyTimeoutS = 20, 5
	c.Load.Concurrency = 8
	if change != nil {
		change(&c)
	}
	return c
}

// request opens a run in its baseline.
func (st *stage) request(change func(*config.Run)) event.RunID {
	st.t.Helper()
	id := event.NewRunID(time.Now())
	state := run.State{Run: id, Phase: run.Requested, Config: config.Effective(st.config(change)), RequestedNS: 1}
	require.NoError(st.t, st.store.Create(st.t.Context(), state))
	st.update(id, run.State.Measure)
	return id
}

func (st *stage) update(id event.RunID, step func(run.State) (run.State, error)) {
	st.t.Helper()
	_, err := st.store.Update(st.t.Context(), id, step)
	require.NoError(st.t, err)
}

func (st *stage) await(id event.RunID, done func(run.State) bool) run.State {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(st.t.Context(), 30*time.Second)
	defer cancel()
	state, err := st.store.Await(ctx, id, done)
	require.NoError(st.t, err, "phase %s", state.Phase)
	return state
}

// start brings the run under load once a driver has found the server.
func (st *stage) start(id event.RunID) {
	st.t.Helper()
	st.await(id, func(s run.State) bool { return s.Checked[run.Driver] })
	st.update(id, func(s run.State) (run.State, error) { return s.Check(run.Reporter) })
	st.update(id, func(s run.State) (run.State, error) { return s.Start(time.Now().UnixNano()) })
}

// load puts n prompts onto the stream and says so.
func (st *stage) load(id event.RunID, n int64) {
	st.t.Helper()
	producer, epoch := st.loader.Identity()
	st.update(id, func(s run.State) (run.State, error) { return s.Join(producer, epoch) })
	for i := range n {
		require.NoError(st.t, st.loader.Publish(st.t.Context(), id, &event.PromptQueued{
			RequestID: fmt.Sprintf("r%07d", i), Index: i, Prompt: "why?", PromptSHA256: strings.Repeat("0", 64),
		}))
	}
	require.NoError(st.t, st.loader.Flush(st.t.Context()))
	st.update(id, func(s run.State) (run.State, error) { return s.Loaded(n) })
	require.NoError(st.t, st.loader.CloseRun(st.t.Context(), id))
	st.update(id, func(s run.State) (run.State, error) { return s.Leave(producer, epoch) })
}

func over(s run.State) bool { return s.Phase == run.Draining && s.AllClosed() }

// record is what a run left on its stream.
type record struct {
	finished map[string][]*event.RequestFinished // by request
	started  map[string]int
	first    map[string]int
	sampled  []*event.ServerSampled
	accounts map[string][]*event.DriverSampled // by producer
	failed   []*event.RunFailed
	drained  int
	closed   map[string]uint64 // by producer and epoch
	counted  map[string]uint64
}

// read reads the stream and holds each event to its schema and each producer to
// its count.
func (st *stage) read(id event.RunID) record {
	st.t.Helper()
	r := record{
		finished: map[string][]*event.RequestFinished{}, started: map[string]int{}, first: map[string]int{},
		accounts: map[string][]*event.DriverSampled{}, closed: map[string]uint64{}, counted: map[string]uint64{},
	}
	for rec, err := range st.bus.Replay(st.t.Context(), id) {
		require.NoError(st.t, err)
		data, err := json.Marshal(rec.Event.Data)
		require.NoError(st.t, err)
		require.NoError(st.t, contract.Validate(rec.Event.Type(), data))
		r.counted[run.Key(rec.Event.ID.Producer, rec.Event.ID.Epoch)]++
		switch d := rec.Event.Data.(type) {
		case *event.RequestFinished:
			r.finished[d.RequestID] = append(r.finished[d.RequestID], d)
		case *event.RequestStarted:
			r.started[d.RequestID]++
		case *event.RequestFirstToken:
			r.first[d.RequestID]++
		case *event.ServerSampled:
			r.sampled = append(r.sampled, d)
		case *event.DriverSampled:
			by := rec.Event.ID.Producer.String()
			r.accounts[by] = append(r.accounts[by], d)
		case *event.RunFailed:
			r.failed = append(r.failed, d)
		case *event.RunDrained:
			r.drained++
		case *event.ProducerClosed:
			r.closed[d.Producer+"/"+strconv.FormatInt(d.Epoch, 10)] = d.Count
		}
	}
	for key, count := range r.closed {
		require.Equal(st.t, count, r.counted[key], key)
	}
	return r
}

// model is a server whose answers the test decides.
type model struct {
	url string
	// answer writes the answer to the n-th request, from 0; nil is good.
	answer func(n int64, w http.ResponseWriter, r *http.Request)
	// hold, when not nil, is awaited by each answer.
	hold    chan struct{}
	models  atomic.Value // string
	healthy atomic.Bool
	metrics atomic.Bool

	requests, inFlight, most atomic.Int64
	mu                       sync.Mutex
	ids                      []string
}

func newModel(t *testing.T) *model {
	t.Helper()
	m := &model{}
	m.models.Store("m")
	m.healthy.Store(true)
	m.metrics.Store(true)
	m.url = serveHTTP(t, m)
	return m
}

func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/health":
		if !m.healthy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	case "/v1/models":
		_, _ = fmt.Fprintf(w, `{"object":"list","data":[{"id":%q}]}`, m.models.Load())
	case "/metrics":
		if !m.metrics.Load() {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprintf(w, "# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{engine=\"0\"} %d\n", m.inFlight.Load())
	default:
		m.generate(w, r)
	}
}

func (m *model) generate(w http.ResponseWriter, r *http.Request) {
	// A server notices a client that leaves only once it has read the request.
	_, _ = io.Copy(io.Discard, r.Body)
	n := m.requests.Add(1) - 1
	now := m.inFlight.Add(1)
	defer m.inFlight.Add(-1)
	for most := m.most.Load(); now > most && !m.most.CompareAndSwap(most, now); most = m.most.Load() {
	}
	m.mu.Lock()
	m.ids = append(m.ids, r.Header.Get("X-Request-Id"))
	m.mu.Unlock()
	if m.hold != nil {
		select {
		case <-m.hold:
		case <-r.Context().Done():
			return
		}
	}
	if m.answer != nil {
		m.answer(n, w, r)
		return
	}
	good(w)
}

// good is a short answer of three tokens.
func good(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	for _, e := range []string{
		`{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
		`{"choices":[{"index":0,"delta":{"content":" a"},"finish_reason":null}]}`,
		`{"choices":[{"index":0,"delta":{"content":" b"},"finish_reason":"stop"}]}`,
		`{"choices":[],"usage":{"prompt_tokens":5,"total_tokens":7,"completion_tokens":2}}`,
		`[DONE]`,
	} {
		_, _ = fmt.Fprintf(w, "data: %s\n\n", e)
		_ = http.NewResponseController(w).Flush()
	}
}

func bad(w http.ResponseWriter) { http.Error(w, "engine is broken", http.StatusInternalServerError) }

func serveHTTP(t *testing.T, h http.Handler) string {
	t.Helper()
	s := newServer(t, h)
	t.Cleanup(s.Close)
	return s.URL
}
